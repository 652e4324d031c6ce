#!/bin/sh
# issues.jsonl in the dialects there are (bd 1.x, bd 0.x, beads_rust, tombstones): what is read is written again
. "$(dirname "$0")/lib.sh"

cat >in.jsonl <<'E'
{"_type":"issue","id":"t-1","title":"Full \u003cb\u003e","description":"D\n\n\nwith trailing  \n","design":"De","acceptance_criteria":"A","notes":"N\n","spec_id":"S","status":"closed","priority":0,"issue_type":"bug","assignee":"a b","owner":"o@x","estimated_minutes":0,"created_at":"2026-01-01T00:00:00Z","created_by":"Tess Agent","updated_at":"2026-01-02T00:00:00Z","started_at":"2026-01-01T01:00:00Z","closed_at":"2026-01-02T00:00:00Z","close_reason":"done","closed_by_session":"sess","due_at":"2026-02-01T00:00:00Z","defer_until":"2026-01-03T00:00:00Z","external_ref":"gh-9","source_system":"gh","metadata":{"z":1,"a":{"n":1.5},"e":""},"compaction_level":1,"compacted_at":"2026-01-05T00:00:00Z","compacted_at_commit":"abc","original_size":10,"labels":["b","a"],"dependencies":[{"issue_id":"t-1","depends_on_id":"t-2","type":"blocks","created_at":"2026-01-01T00:00:00Z","created_by":"me","metadata":"{\"gate\":\"any\"}","thread_id":"th","weird":[1]},{"issue_id":"t-1","depends_on_id":"external:proj:cap","type":"blocks","created_at":"2026-01-01T00:00:00Z"}],"comments":[{"id":"019c0f2e-aaaa-7bbb-8ccc-000000000001","issue_id":"t-1","author":"x y","text":"hi\n<!-- beadwave: comment -->\n---\n","created_at":"2026-01-01T00:00:00Z"}],"sender":"s","ephemeral":true,"no_history":true,"wisp_type":"w","pinned":false,"is_template":false,"bonded_from":[{"source_id":"x","bond_type":"y"}],"await_type":"t","await_id":"i","timeout":5000000000,"waiters":["q"],"source_formula":"f","source_location":"l","mol_type":"m","work_type":"wt","event_kind":"ek","actor":"ac","target":"tg","payload":"pl","future_field":{"deep":[null,true,"ü",1.0,-0.0,1e400,123456789012345678901234567890]},"dependency_count":2,"dependent_count":0,"comment_count":1}
{"id":"t-2","title":"as bd 0.x","description":"","status":"in_review","priority":2,"issue_type":"task","created_at":"2026-01-01T00:00:00-07:00","updated_at":"2026-01-01T00:00:00Z","comments":[{"id":7,"issue_id":"t-2","author":"x","text":"seven","created_at":"2026-01-01T00:00:00Z","edited":{"by":"x --\u003e","n":[1.0,null]}},{"id":3,"issue_id":"t-2","author":"x","text":"three","created_at":"2026-01-01T00:00:00Z"}],"content_hash":"abc","source_repo":"."}
{"id":"t-3","title":"as beads_rust","status":"open","priority":3,"issue_type":"docs","created_at":"2026-01-01T00:00:00.123456Z","created_by":"u","updated_at":"2026-01-01T00:00:00Z","source_repo":".","compaction_level":0,"original_size":0,"dependencies":[{"issue_id":"t-3","depends_on_id":"t-2","type":"parent_child","created_at":"2026-01-01T00:00:00Z","created_by":"u","metadata":"{}","thread_id":""}]}
{"id":"t-4","title":"gone","status":"tombstone","priority":2,"issue_type":"task","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","deleted_at":"2026-01-02T00:00:00Z","deleted_by":"u","delete_reason":"x","original_type":"task"}
{"_type":"memory","key":"k","value":"v\nw"}
E
cat >same.py <<'E'
# same.py A B: the issues of both files are the same, but for what a dialect spells otherwise
import datetime, json, sys
# a number is what stands there, whatever its size
number = {"parse_int": lambda s: ("number", s), "parse_float": lambda s: ("number", s)}
def time(s):
    return datetime.datetime.fromisoformat(s.replace("Z", "+00:00")).astimezone(datetime.timezone.utc).replace(microsecond=0).isoformat()
def norm(j):
    for k in ("_type", "dependency_count", "dependent_count", "comment_count"):
        if k != "_type" or j.get(k) == "issue":
            j.pop(k, None)
    for d in j.get("dependencies", []):
        d["type"] = d["type"].replace("_", "-")
        d.setdefault("metadata", "{}")
    j.get("dependencies", []).sort(key=lambda d: d["depends_on_id"])
    j.get("comments", []).sort(key=lambda c: str(c["id"]))
    j.get("labels", []).sort()
    for o in [j] + j.get("dependencies", []) + j.get("comments", []):
        for k in [k for k in o if o[k] == "" and k != "text"]:
            del o[k]
        for k in o:
            if k.endswith(("_at", "_until")):
                o[k] = time(o[k])
    return j
a, b = ({j.get("id", j.get("key")): norm(j) for j in (json.loads(l, **number) for l in open(f)) if j.get("status") != "tombstone"} for f in sys.argv[1:3])
for k in sorted(set(a) | set(b)):
    if a.get(k) != b.get(k):
        print(k, a.get(k), b.get(k), sep="\n")
sys.exit(a != b)
E
command -v python3 >/dev/null || { test_skip 'dialects' 'no python3'; test_done; }

test_expect_success 'what is imported is exported, whatever the dialect; the deleted stays deleted' '
	git init -q . && bdw init --from-beads in.jsonl && bdw export --all -o out.jsonl 2>/dev/null && python3 same.py in.jsonl out.jsonl && test_lacks out.jsonl tombstone &&
	test_is in_review "$(bdw config get status.custom)" && test_is docs "$(bdw config get types.custom)"
'
test_expect_success 'into a store that is there as well; again it changes nothing' '
	mkdir two && cd two && git init -q . && bdw init --prefix other -q && bdw config set status.custom in_review >/dev/null && bdw config set types.custom docs >/dev/null &&
	bdw import ../in.jsonl -q && bdw export --all >out && python3 ../same.py ../in.jsonl out && before=$(git rev-parse beadwave) && bdw import out -q && bdw import ../in.jsonl -q &&
	test_is "$before" "$(git rev-parse beadwave)" && cd ..
'
test_expect_success 'what changed here is what changes there: one line' '
	bdw comment t-3 more >/dev/null && bdw export --all >now.jsonl && test_is 1 "$(diff out.jsonl now.jsonl | grep -c "^>")"
'
test_expect_success 'a bad line is named with its file and its number, and nothing is imported' '
	before=$(git rev-parse beadwave) && for bad in "not json" "{\"id\":\"t-9\"" "{\"id\":\"t-9\",\"title\":5}" "{\"id\":\"t-9\",\"title\":\"x\",\"priority\":\"high\"}" "[]" "{\"id\":\"../x\",\"title\":\"x\"}" \
		"{\"id\":\"t-9\",\"title\":\"x\",\"created_at\":\"yesterday\"}" "{\"id\":\"t-9\",\"title\":\"x\",\"labels\":\"a\"}" "{\"id\":\"t-9\",\"title\":\"x\",\"comments\":[{\"id\":[],\"text\":\"t\"}]}" \
		"{\"id\":\"t-9\",\"title\":\"$(printf "a\\\\u0000b")\"}" "{\"id\":\"t-9\",\"title\":\"x\",\"status\":\"No Such\"}" "{\"_type\":\"odd\"}" "{\"_type\":\"memory\",\"key\":\"$(printf "%0101d" 1)\",\"value\":\"v\"}" "$(printf "{\"id\":\"t-9\",\"title\":\"\\377\"}")"; do
		printf "{\"id\":\"t-8\",\"title\":\"good\"}\n\n%s\n{\"id\":\"t-10\",\"title\":\"good\"}\n" "$bad" >bad.jsonl && test_fails bdw import bad.jsonl 2>err && test_has err "bad.jsonl:3: " || { echo "$bad"; return 1; }
	done && test_is "$before" "$(git rev-parse beadwave)" && test_fails bdw show t-8 2>/dev/null
'
test_done
