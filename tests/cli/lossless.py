# lossless.py make SEED N: lines of issues.jsonl in every dialect there is, with whatever JSON allows
# lossless.py check IN OUT: OUT has every member of IN, with its value or in its normal form (beadwave-json(5)), and nothing else
import datetime, json, random, sys

class Raw(str):
    pass

TEXTS = ["", "plain", "two words", " lead", "trail ", "a\nb\n", "\n\n", "---", "\\---", "tab\there", "a\r\nb", "\r", "\x01\x7f", "gr\u00fc\u00df", "\U0001f30a", "\u2028\u2029",
         "\u0085\u00a0\ufeff\ufffe\uffff", "\ud7ff\ue000\U0010ffff", "<b>&'\"\\/", "no", "null", "1.0", "~", "- x", "a: b", "#", "%41", "{}", "[]", "{\"a\":1}", "-->", "<!-- beadwave: notes -->",
         "\\<!-- beadwave: comment 1 - a -->", "<!-- beadwave: extra {} -->", "2026-11-21", "x" * 300]
NUMBERS = ["0", "-0", "1.0", "-0.0", "1e400", "1E-7", "0.10", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "3.141592653589793238462643", "1e5", "1e+05", "17", "-3"]
NAMES = ["new_field", "a b", "", "x: y", "\"", "gr\u00fc", "#", "last_child", "title ", "x_x", "content_hash", "source_repo", "extra", "id2", "deleted_at", "hop_count", "\u2028", "-->", "null", "parent_id"]
KEPT = ["compaction_level", "compacted_at", "compacted_at_commit", "original_size", "sender", "ephemeral", "no_history", "wisp_type", "pinned", "is_template", "bonded_from", "await_type", "await_id", "timeout",
        "waiters", "source_formula", "source_location", "mol_type", "work_type", "event_kind", "actor", "target", "payload"]
WORDS = ["assignee", "owner", "spec_id", "created_by", "close_reason", "closed_by_session", "external_ref", "source_system"]
BODIES = ["description", "design", "acceptance_criteria", "notes"]

def text(r, more=False):
    return "".join(r.choice(TEXTS) for _ in range(r.randrange(1, 5 if more else 3)))

def time(r):
    t = "%04d-%02d-%02d%s%02d:%02d:%02d" % (r.choice([2, 1969, 1970, 1999, 2024, 2025, 2026, 9998]), r.randrange(1, 13), r.randrange(1, 29), r.choice("TTTt"), r.randrange(24), r.randrange(60), r.randrange(60))
    if r.random() < .1:
        return "1970-01-01T00:00:00Z"
    t += r.choice(["", "", ".5", ".000001", ".123456789", ".999999999999", ".0"])
    return t + r.choice(["Z", "Z", "z", "+00:00", "-00:00", "+05:30", "-11:45", "+14:00"])

def value(r, depth=0):
    k = r.randrange(8 if depth < 3 else 6)
    if k < 2:
        return Raw(r.choice(NUMBERS))
    if k == 2:
        return r.choice([None, True, False])
    if k < 6:
        return text(r)
    if k == 6:
        return [value(r, depth + 1) for _ in range(r.randrange(4))]
    return {n: value(r, depth + 1) for n in r.sample(NAMES, r.randrange(4))}

def unknown(r, o, names=NAMES):
    for n in r.sample(names, r.choice([0, 0, 1, 2, 4])):
        o[n] = value(r)

def maybe(r, o, key, make, p=.5):
    if r.random() < p:
        o[key] = make()

def edge(r, id, target, kind):
    d = {"issue_id": id, "depends_on_id": target, "type": kind}
    maybe(r, d, "created_at", lambda: r.choice([None, "", time(r)]))
    maybe(r, d, "created_by", lambda: r.choice([None, text(r)]))
    maybe(r, d, "metadata", lambda: r.choice([None, "", "{}", "{\"gate\": \"any\"}", "odd", {}, {"n": Raw("1.0"), "b": []}]))
    maybe(r, d, "thread_id", lambda: text(r))
    unknown(r, d)
    return d

def comment(r, id, n, kind):
    c = {"id": Raw(r.choice([str(n), str(n), "9" * 25 + str(n), "-%d" % n])) if kind == "int" else r.choice(["0199aaaa-0000-7000-8000-%012d" % n, "7%d" % n, "-0" if n == 1 else "-7%d" % n, "a b%d" % n, "%%41%d" % n, "-%d" % n, "00%d" % n])}
    if r.random() < .9:
        c["issue_id"] = id
    maybe(r, c, "author", lambda: r.choice([None, text(r)]), .9)
    maybe(r, c, "text", lambda: text(r, True), .9)
    maybe(r, c, "created_at", lambda: r.choice([None, time(r), "2026-01-01T00:00:00.%03dZ" % r.randrange(1000)]), .9)
    unknown(r, c)
    return c

def issue(r, ids, i, dialect):
    id = ids[i]
    o = {}
    if dialect == "bd1":
        o["_type"] = "issue"
    o["id"] = id
    o["title"] = (text(r) or "T")[:499]
    for k in BODIES:
        maybe(r, o, k, lambda: r.choice([None, "", text(r, True), text(r, True)]))
    maybe(r, o, "status", lambda: r.choice([None, "", "open", "in_progress", "closed", "blocked", "deferred", "qa"]), .9)
    maybe(r, o, "priority", lambda: r.choice([None, Raw("0"), Raw("4"), Raw("2.0"), Raw("-0")]), .9)
    maybe(r, o, "issue_type", lambda: r.choice([None, "", "task", "bug", "epic", "gate", "docs", "agent"]), .9)
    for k in WORDS:
        maybe(r, o, k, lambda: r.choice([None, text(r)]), .3)
    maybe(r, o, "estimated_minutes", lambda: r.choice([None, Raw("0"), Raw("90"), Raw("1e2")]), .3)
    for k in ["created_at", "updated_at"]:
        o[k] = time(r)
    for k in ["started_at", "closed_at", "due_at", "defer_until"]:
        maybe(r, o, k, lambda: r.choice([None, "", "0001-01-01T00:00:00Z", time(r), time(r)]), .4)
    maybe(r, o, "metadata", lambda: r.choice([None, {}, {n: value(r) for n in r.sample(NAMES, 3)}]), .4)
    maybe(r, o, "labels", lambda: r.choice([None, [], [text(r) for _ in range(3)]]))
    deps = {}
    for _ in range(r.choice([0, 0, 1, 3])):
        k = (r.choice(ids[:i] + ["external:proj:cap", "other-1"]), r.choice(["blocks", "parent-child", "parent_child", "related", "discovered-from", "odd type", "waits-for"]))
        if (k[0], k[1].replace("parent_child", "parent-child")) not in deps:
            deps[k[0], k[1].replace("parent_child", "parent-child")] = edge(r, id, *k)
    o["dependencies"] = list(deps.values())
    o["comments"] = [comment(r, id, n, "int" if dialect in ("bd0", "rust") else r.choice(["int", "uuid", "uuid"])) for n in range(1, r.choice([1, 1, 3, 6]))]
    for k in ["dependencies", "comments"]:
        if not o[k] and r.random() < .7:
            o[k] = None
            if r.random() < .7:
                del o[k]
    if dialect == "rust":
        o["compaction_level"] = Raw("0")
        o["original_size"] = Raw("0")
        o["source_repo"] = "."
    for k in r.sample(KEPT, r.choice([0, 0, 2, 6])):
        o[k] = value(r)
    if r.random() < .1:
        o["wisp"] = r.random() < .5
        o.pop("ephemeral", None)
    if dialect == "bd1":
        for k in ["dependency_count", "dependent_count", "comment_count"]:
            o[k] = Raw(str(r.randrange(9)))
    unknown(r, o)
    items = list(o.items())
    if r.random() < .3:
        r.shuffle(items)
    return dict(items)

def string(r, s):
    out = '"'
    for c in s:
        n = ord(c)
        k = r.randrange(8)
        if k == 0 and n < 0x10000:
            out += r.choice(["\\u%04x", "\\u%04X"]) % n
        elif k == 0:
            out += "\\u%04x\\u%04x" % (0xd800 + (n - 0x10000 >> 10), 0xdc00 + (n - 0x10000 & 0x3ff))
        elif n < 0x20 and c in "\n\r\t":
            out += {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[c]
        elif n < 0x20:
            out += "\\u%04x" % n
        elif c == "/" and k < 4:
            out += "\\/"
        else:
            out += {'"': '\\"', "\\": "\\\\"}.get(c, c)
    return out + '"'

def dump(r, v, gap):
    g = lambda: r.choice(["", "", " ", "\t"]) if gap else ""
    if isinstance(v, Raw):
        return str(v)
    if isinstance(v, str):
        return string(r, v)
    if v is None or isinstance(v, bool):
        return {None: "null", True: "true", False: "false"}[v]
    if isinstance(v, list):
        return "[" + g() + ("," + g()).join(dump(r, x, gap) for x in v) + g() + "]"
    return "{" + g() + ("," + g()).join(string(r, k) + g() + ":" + g() + dump(r, x, gap) for k, x in v.items()) + g() + "}"

def make(seed, n):
    r = random.Random(seed)
    ids = ["t-%d" % i if r.random() < .9 else "t-%d.%d" % (i, i) for i in range(n)]
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="")
    for i in range(n):
        out.write(dump(r, issue(r, ids, i, r.choice(["bd1", "bd0", "rust"])), r.random() < .3) + r.choice(["\n", "\n", "\r\n", "\n\n", " \n"]))
        if r.random() < .05:
            out.write('{"id":"t-gone%d","title":"gone","status":"tombstone","deleted_at":"%s"}\n' % (i, time(r)))
        if r.random() < .05:
            out.write('{"_type":"memory","key":%s,"value":%s}\n' % (string(r, "k%d" % i), string(r, text(r, True))))

# --- what is to come out

class Number(str):
    pass

TIMES = {"created_at", "updated_at", "started_at", "closed_at", "due_at", "defer_until"}
COUNTS = {"_type", "dependency_count", "dependent_count", "comment_count"}
OPTIONAL = {"title", "description", "design", "acceptance_criteria", "notes", "spec_id", "assignee", "owner", "created_by", "close_reason", "closed_by_session", "external_ref", "source_system"}

def load(name):
    for line in open(name, encoding="utf-8", newline="\n"):
        if line.strip():
            j = json.loads(line, parse_int=Number, parse_float=Number)
            if j.get("status") != "tombstone":
                yield j

def seconds(s):
    d, t = s[:10], s[11:19]
    z = s[19:].lstrip(".0123456789").upper().replace("Z", "+00:00")
    year = int(d[:4])	# a zone leads 0001 out of the years that datetime has
    t = datetime.datetime.fromisoformat("%04d" % max(year, 2) + d[4:] + "T" + t + z).astimezone(datetime.timezone.utc)
    return "%04d%s" % (t.year + year - max(year, 2), t.strftime("-%m-%dT%H:%M:%SZ"))

NEVER = "0001-01-01T00:00:00Z"

def whole(n):
    return Number(int(float(n)))

def compact(v):
    if isinstance(v, Number):
        return str(v)
    if isinstance(v, dict):
        return "{" + ",".join(compact(k) + ":" + compact(x) for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(compact, v)) + "]"
    return json.dumps(v, ensure_ascii=False)

def normal_edge(d, id):
    d = {k: v for k, v in d.items() if v or k not in ("created_by", "thread_id", "created_at", "metadata")}
    d["issue_id"] = id
    d["type"] = (d.get("type") or "blocks").replace("parent_child", "parent-child")
    d["created_at"] = seconds(d.get("created_at", NEVER))
    m = d.get("metadata", "{}")
    d["metadata"] = m if isinstance(m, str) else compact(m)
    return d

def normal_comment(c, id):
    c["issue_id"] = id
    c["created_at"] = seconds(c.get("created_at") or NEVER)
    for k in ("author", "text"):
        c[k] = c.get(k) or ""
    return c

def normal(j):
    if j.get("_type") == "memory":
        return j
    for k in COUNTS:
        j.pop(k, None)
    for k in OPTIONAL:
        if not j.get(k):
            j.pop(k, None)
    for k in TIMES:
        t = j.pop(k, None)
        if t and seconds(t) != NEVER:
            j[k] = seconds(t)
    if j.get("estimated_minutes", 0) is None:
        del j["estimated_minutes"]
    elif "estimated_minutes" in j:
        j["estimated_minutes"] = whole(j["estimated_minutes"])
    j["status"] = j.get("status") or "open"
    j["issue_type"] = j.get("issue_type") or "task"
    j["priority"] = whole(j.get("priority") or "0")
    if j["status"] == "closed":
        j.setdefault("closed_at", j["updated_at"])
    if j.get("metadata", 0) is None:
        del j["metadata"]
    if "wisp" in j and j.pop("wisp"):
        j["ephemeral"] = True
    j["labels"] = sorted({l for l in j.get("labels") or [] if l}, key=lambda s: s.encode())
    j["dependencies"] = sorted((normal_edge(d, j["id"]) for d in j.get("dependencies") or []), key=lambda o: json.dumps(o, sort_keys=True))
    j["comments"] = sorted((normal_comment(c, j["id"]) for c in j.get("comments") or []), key=lambda o: json.dumps(o, sort_keys=True))
    return j

def both(name):
    return {j.get("id", j.get("key")): normal(j) for j in load(name)}

def check(a, b):
    for id in sorted(set(a) | set(b)):
        x, y = a.get(id, {}), b.get(id, {})
        for k in sorted(set(x) | set(y)):
            if x.get(k) != y.get(k):
                print(id, k, repr(x.get(k, "absent")), repr(y.get(k, "absent")), sep="\n  ")
    sys.exit(a != b)

if sys.argv[1] == "make":
    make(int(sys.argv[2]), int(sys.argv[3]))
else:
    check(both(sys.argv[2]), both(sys.argv[3]))
