/*
 * tests/sim/sim_runs.c - thousands of random runs of the scheduler under a virtual clock: random
 * issues, settings, outcomes, people who stop and cancel, schedulers that are killed between any
 * two steps. What must always hold is checked after every turn. `sim_runs SEED` runs one seed
 * and tells it. Prints TAP.
 */
#include "tests/sim/sim.h"

/* What must hold */

static bool active(const struct issue *is)
{
	return !strcmp(is->status, "in_progress");
}

static int running(const struct sim *s, bool impl)
{
	int n = 0;

	for (size_t k = 0; k < s->nattempt; k++) {
		const struct attempt *a = &s->attempt[k];

		n += a->live && (impl ? a->role == ROLE_IMPL :
				 a->role != ROLE_IMPL && a->role != ROLE_TEST);
	}
	return n;
}

static bool share(const struct sim *s, const struct issue *a, const struct issue *b)
{
	if (a->item.no_diff || b->item.no_diff)
		return false;
	if (!a->files || !b->files)
		return !(s->conf.mode == MODE_FULLY && s->conf.mode_explicit);
	return a->files & b->files;
}

static void check_admission(struct sim *s, size_t i)
{
	const struct issue *is = &s->issue[i];
	struct sched_state st, other;
	int busy = 0;

	sched_state(s->sched, i, &st);
	for (size_t k = 0; k < s->n; k++) {
		const struct issue *x = &s->issue[k];

		if (k == i || x->item.epic || !active(x))
			continue;
		busy++;
		if (share(s, is, x))
			fail(s, "%s begins while %s holds its files", is->id, x->id);
		sched_state(s->sched, k, &other);
		if (other.wave != st.wave && s->conf.barrier == BARRIER_FULL)
			fail(s, "%s of wave %d begins while %s of wave %d is not done", is->id,
			     st.wave, x->id, other.wave);
		if (other.wave != st.wave && s->conf.barrier == BARRIER_REVIEWS &&
		    other.stage == STAGE_IMPL && other.back == STAGE_N)
			fail(s, "%s begins while %s of the wave before is implemented",
			     is->id, x->id);
	}
	if (s->conf.wave_cap && busy >= s->conf.wave_cap)
		fail(s, "%s is one too many of a wave of %d", is->id, s->conf.wave_cap);
	if (busy && (s->conf.shared || sched_mode(s->sched) == MODE_SEQUENTIAL))
		fail(s, "%s begins while another is at work", is->id);
	for (size_t k = 0; k < is->item.nblockers; k++)
		if (strcmp(s->issue[is->blocks[k]].status, "closed"))
			fail(s, "%s begins before %s is closed", is->id, is->blocker[k]);
}

static void check_spawn(struct sim *s, const struct sched_act *a)
{
	struct issue *is = &s->issue[a->issue];
	const struct sched_conf *c = &s->conf;

	if (a->n <= is->now.last[a->role])
		fail(s, "%s:%s#%ld is no new number", is->id, role_name(a->role), a->n);
	for (size_t k = 0; k < s->nattempt; k++)
		if (s->attempt[k].live && s->attempt[k].issue == a->issue &&
		    (s->attempt[k].role != ROLE_CODE || a->role != ROLE_CODE ||
		     s->attempt[k].reviewer == a->reviewer))
			fail(s, "%s:%s starts while its %s runs", is->id, role_name(a->role),
			     role_name(s->attempt[k].role));
	if (a->role == ROLE_IMPL && c->max_parallel && running(s, true) >= c->max_parallel)
		fail(s, "%s: more than %d implementers", is->id, c->max_parallel);
	if (a->role != ROLE_IMPL && a->role != ROLE_TEST && c->review_slots &&
	    running(s, false) >= c->review_slots)
		fail(s, "%s: more than %d reviewers", is->id, c->review_slots);
	if (!is->item.epic && !active(is))
		fail(s, "%s:%s starts, but the issue is %s", is->id, role_name(a->role),
		     is->status);
	if (a->role == ROLE_IMPL && !is->now.need_impl)
		fail(s, "%s is implemented once more without need", is->id);
	if ((a->role == ROLE_SPEC && (!is->now.collected || is->now.spec_ok)) ||
	    (a->role == ROLE_CODE && !is->now.spec_ok))
		fail(s, "%s:%s is out of order", is->id, role_name(a->role));
	if (a->role == ROLE_TEST && !c->shared &&
	    (!is->now.candidate || s->merging != (int)a->issue))
		fail(s, "%s is tested without a candidate", is->id);
	if (a->role == ROLE_VERIFY)
		for (size_t k = 0; k < s->n; k++)
			if (s->issue[k].item.parent == is->id &&
			    strcmp(s->issue[k].status, "closed"))
				fail(s, "%s is verified before its child %s is closed", is->id,
				     s->issue[k].id);
	if (a->role == ROLE_CODE &&
	    (a->reviewer < 1 || a->reviewer > a->reviewers || a->reviewers > c->reviews))
		fail(s, "%s: reviewer %d of %d", is->id, a->reviewer, a->reviewers);
}

static void check_merge(struct sim *s, const struct sched_act *a)
{
	struct issue *is = &s->issue[a->issue];

	if (s->merging >= 0 && s->merging != (int)a->issue)
		fail(s, "%s is merged while %s is", is->id, s->issue[s->merging].id);
	s->merging = (int)a->issue;
	if (!is->now.collected ||
	    (s->conf.reviews && (!is->now.spec_ok || !is->now.approved || is->now.objected)))
		fail(s, "%s is merged without its reviews (%d %d %d %d)", is->id, is->now.collected,
		     is->now.spec_ok, is->now.approved, is->now.objected);
	if (a->kind == ACT_MERGE && (!is->now.candidate))
		fail(s, "%s is merged without a candidate", is->id);
}

static void check_running(struct sim *s)
{
	const struct sched_running *r;
	size_t n = sched_running(s->sched, &r), live = 0;

	for (size_t k = 0; k < s->nattempt; k++)
		live += s->attempt[k].live;
	for (size_t k = 0; k < n; k++) {
		bool found = false;

		for (size_t j = 0; j < s->nattempt; j++)
			found |= s->attempt[j].live && s->attempt[j].issue == r[k].issue &&
				 s->attempt[j].role == r[k].role && s->attempt[j].n == r[k].n;
		if (!found)
			fail(s, "%s:%s#%ld is said to run", s->issue[r[k].issue].id,
			     role_name(r[k].role), r[k].n);
	}
	if (live != n)
		fail(s, "%zu attempts run, the scheduler knows of %zu", live, n);
}

/* The end of a run that nobody stopped: nothing is left that could have been done. */
static void check_end(struct sim *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct issue *is = &s->issue[i];
		bool ready = !strcmp(is->status, "open") && !is->cancelled && !is->item.epic;

		for (size_t k = 0; k < is->item.nblockers; k++)
			ready &= !strcmp(s->issue[is->blocks[k]].status, "closed");
		if (active(is) && !is->item.epic)
			fail(s, "the run is over, and %s is in progress", is->id);
		if (ready && !s->drained && !s->halted)
			fail(s, "the run is over, and %s could have been done", is->id);
		if (!s->fault && !s->people && !s->halted && strcmp(is->status, "closed") &&
		    !is->item.epic)
			fail(s, "all is well, and %s is not closed", is->id);
		if (!strcmp(is->status, "closed") && is->item.parent && !is->item.epic &&
		    is->summaries != 1)
			fail(s, "%s is in %d summaries", is->id, is->summaries);
	}
}

/* The driver */

static void count_summary(struct sim *s, const char *text)
{
	const char *ids = strstr(text, "Closed: ");

	if (strncmp(text, "[WAVE-SUMMARY]", 14) || !ids)
		return;
	ids += 8;
	for (size_t len; *ids && *ids != '\n'; ids += len, ids += strspn(ids, ", ")) {
		len = strcspn(ids, ",\n");
		for (size_t i = 0; i < s->n; i++)
			s->issue[i].summaries += strlen(s->issue[i].id) == len &&
				!memcmp(s->issue[i].id, ids, len);
	}
}

static void commit_change(struct sim *s, const struct sched_change *c)
{
	struct issue *is = &s->issue[c->issue];
	struct sched_state st;

	if (c->kind <= CHANGE_BLOCK && s->merging == (int)c->issue)
		s->merging = -1;
	switch (c->kind) {
	case CHANGE_STATUS:
		if (!strcmp(c->text, "in_progress"))
			check_admission(s, c->issue);
		else
			is->now.need_impl = true, is->now.collected = is->now.spec_ok =
				is->now.candidate = false, is->cancelled = true;
		snprintf(is->status, sizeof(is->status), "%s", c->text);
		break;
	case CHANGE_CLOSE:
		if (!strcmp(is->status, "closed"))
			fail(s, "%s is closed twice", is->id);
		strcpy(is->status, "closed");
		break;
	case CHANGE_BLOCK:
		strcpy(is->status, "blocked");
		s->drained |= !strcmp(c->label, "failed") &&
			      (s->conf.fail_policy == FAIL_FAST ||
			       s->conf.fail_policy == FAIL_STOP || s->conf.max_failures);
		break;
	case CHANGE_COMMENT:
		count_summary(s, c->text);
		break;
	case CHANGE_WORK:
		buf_reset(&is->work);
		work_write(sched_work(s->sched, c->issue), &is->work);
		sched_state(s->sched, c->issue, &st);
		buf_reset(&is->feedback);
		buf_adds(&is->feedback, st.feedback);
		snprintf(is->why, sizeof(is->why), "%s", st.why);
		break;
	}
	if (c->kind == CHANGE_WORK)
		tell(s, "%s is at %s", is->id, sched_work(s->sched, c->issue)->stage);
	else
		tell(s, "%s %s", is->id, c->kind == CHANGE_STATUS ? c->text :
		     c->kind == CHANGE_CLOSE ? "closed" :
		     c->kind == CHANGE_BLOCK ? c->label : "comment");
}

static void spawn(struct sim *s, const struct sched_act *a)
{
	struct issue *is = &s->issue[a->issue];
	struct attempt *new = &s->attempt[s->nattempt++];

	check_spawn(s, a);
	*new = (struct attempt){ .issue = a->issue, .role = a->role, .n = a->n,
				 .reviewer = a->reviewer, .live = true };
	decide(s, new);
	new->end = s->now + (new->o.kind == OUT_N ? 0 : a->role == ROLE_IMPL ? is->duration :
			     (1 + dice(s, 3)) * MINUTE);
	is->now.last[a->role] = a->n;
	if (a->role == ROLE_IMPL && s->merging == (int)a->issue)
		s->merging = -1;
	if (a->role == ROLE_IMPL)
		is->now.collected = is->now.candidate = is->now.reviewing = false;
	if (a->role == ROLE_SPEC || (a->role == ROLE_CODE && !is->now.reviewing))
		is->now.approved = is->now.objected = 0;
	is->now.reviewing |= a->role == ROLE_CODE;
	tell(s, "%s:%s#%ld/%d %s (wave %d)", is->id, role_name(a->role), a->n, a->reviewer,
	     a->why, a->wave);
}

static struct attempt *find(struct sim *s, size_t issue, enum role role, long n)
{
	for (size_t k = 0; k < s->nattempt; k++)
		if (s->attempt[k].issue == issue && s->attempt[k].role == role &&
		    s->attempt[k].n == n)
			return &s->attempt[k];
	return NULL;
}

static void perform(struct sim *s, const struct sched_act *a)
{
	struct attempt *x;

	switch (a->kind) {
	case ACT_SPAWN:
		find(s, a->issue, a->role, a->n)->started = true;
		break;
	case ACT_CANCEL:
		x = find(s, a->issue, a->role, a->n);
		if (x && x->live) {
			x->cancelled = true;
			x->end = s->now;
		}
		break;
	case ACT_CANDIDATE:
	case ACT_MERGE:
		check_merge(s, a);
		/* fall through */
	case ACT_COLLECT:
	case ACT_LOOK:
		vec_add(&s->jobs, (struct job){ a->issue, a->kind,
						s->now + (s->ideal ? 0 : dice(s, 2) * 1000) });
		break;
	case ACT_RELEASE:
		break;
	}
}

/* Commits what was decided. What the driver does before the commit is in it: run ids, attempt
 * folders. */
static void commit(struct sim *s, const struct sched_turn *t)
{
	for (size_t k = 0; k < t->acts.n; k++) {
		const struct sched_act *a = &t->acts.v[k];
		struct work *w = sched_work(s->sched, a->issue);

		if (a->kind != ACT_SPAWN)
			continue;
		if (!k && s->conf.budget.launches && s->nattempt >= (size_t)s->conf.budget.launches)
			fail(s, "launched %zu times, and %lld is the budget", s->nattempt,
			     (long long)s->conf.budget.launches);
		w->run = "r";
		work_attempt_get(w, role_name(a->role), a->n)->run = "r";
	}
	for (size_t k = 0; k < t->changes.n; k++)
		commit_change(s, &t->changes.v[k]);
	for (size_t k = 0; k < t->acts.n; k++)
		if (t->acts.v[k].kind == ACT_SPAWN)
			spawn(s, &t->acts.v[k]);
	for (size_t i = 0; i < s->n; i++)
		s->issue[i].committed = s->issue[i].now;
	for (size_t k = 0; k < t->notes.n; k++)
		if (!strcmp(t->notes.v[k].kind, "alert") &&
		    (!strcmp(t->notes.v[k].status, "budget") ||
							      !strcmp(t->notes.v[k].status,
								      "fatal")))
			s->halted = true;
}

/* A scheduler over what is committed. */
static void begin(struct sim *s)
{
	sched_free(s->sched);
	s->conf.run = "r";
	s->conf.earlier_ms = s->starts ? (s->now - START) / 1000 : 0;
	s->sched = sched_new(&s->conf, s->now);
	s->starts++;
	s->stopped = s->drained = s->halted = false;
	for (size_t i = 0; i < s->n; i++) {
		struct issue *is = &s->issue[i];
		struct work w;

		is->item.closed = !strcmp(is->status, "closed");
		is->item.told = is->summaries > 0;
		is->item.launchable = !strcmp(is->status, "open") || active(is);
		is->item.work = is->work.len && work_parse(&w, is->work.s, is->work.len, "work",
							   &s->mem, NULL) == 0 ? &w : NULL;
		is->cancelled = false;
		is->now = is->committed;	/* the rest is lost */
		sched_add(s->sched, &is->item);
	}
	if (sched_link(s->sched, NULL) < 0)
		fail(s, "a cycle where there is none");
}

/* As core/recover.c does it. */
static void recover(struct sim *s)
{
	s->jobs.n = 0;
	s->merging = -1;
	for (size_t i = 0; i < s->n; i++) {
		struct work *w = sched_work(s->sched, i);
		struct sched_state st;

		sched_state(s->sched, i, &st);
		if (st.stage == STAGE_WAIT || st.stage >= STAGE_CLOSED)
			continue;
		sched_set_feedback(s->sched, i, s->issue[i].why, s->issue[i].feedback.s);
		for (size_t k = 0; k < w->nattempt; k++) {
			const struct work_attempt *a = &w->attempt[k];
			struct attempt *x = find(s, i, (enum role)role_parse(a->role), a->n);

			if (!strcmp(a->outcome, "running") && (!x || x->role == ROLE_AGG))
				fail(s, "%s:%s#%ld runs, but was never started", st.id,
				     a->role, a->n);
			else if (!strcmp(a->outcome, "running")) {
				sched_adopt(s->sched, i, x->role, x->n);
				if (x->role == ROLE_TEST)
					s->merging = (int)i;
				/* ended while nobody looked: its folder still says how */
				if (!x->live)
					x->live = true;
				x->end = x->end > s->now ? x->end : s->now;
			} else if (x && x->role == ROLE_CODE && st.stage == STAGE_CODE &&
				   a->started_at >= w->since && strcmp(a->outcome, "crashed") &&
				   strcmp(a->outcome, "timeout") &&
				   strcmp(a->outcome, "cancelled")) {
				sched_replay(s->sched, i, ROLE_CODE, x->n, &x->o);
			}
		}
	}
}

static void kill_scheduler(struct sim *s)
{
	s->kills++;
	tell(s, "killed");
	if (dice(s, 3) == 0)
		s->now += dice(s, 30) * MINUTE;
	for (size_t k = 0; k < s->nattempt; k++)	/* its cancellation may not have arrived */
		if (s->attempt[k].cancelled && s->attempt[k].live && dice(s, 2)) {
			s->attempt[k].cancelled = false;
			s->attempt[k].end += 5 * MINUTE;
		}
	begin(s);
	recover(s);
}

/* The next thing that happens, at the latest at wake; false: nothing ever will. */
static bool happen(struct sim *s, int64_t wake)
{
	int64_t next = wake ? wake : INT64_MAX;

	for (size_t k = 0; k < s->nattempt; k++)
		if (s->attempt[k].live && s->attempt[k].end < next)
			next = s->attempt[k].end;
	for (size_t k = 0; k < s->jobs.n; k++)
		if (s->jobs.v[k].end < next)
			next = s->jobs.v[k].end;
	if (next == INT64_MAX)
		return false;
	if (next > s->now)
		s->now = next;
	for (size_t k = 0; k < s->nattempt; k++)
		if (s->attempt[k].live && s->attempt[k].end <= s->now)
			end_attempt(s, &s->attempt[k]);
	for (size_t k = 0; k < s->jobs.n;) {
		struct job j = s->jobs.v[k];

		if (j.end > s->now) {
			k++;
			continue;
		}
		s->jobs.v[k] = s->jobs.v[--s->jobs.n];
		answer_git(s, &j);
		if (j.kind == ACT_MERGE)
			s->merging = -1;
	}
	return true;
}

static void interfere(struct sim *s)
{
	if ((int)dice(s, 1000) >= s->people || s->stopped)
		return;
	if (dice(s, 4) == 0) {
		s->stopped = true;
		tell(s, "stop");
		sched_event(s->sched, &(struct sched_event){ .kind = EVENT_STOP });
		return;
	}
	tell(s, "cancel");
	{
		size_t i = dice(s, (uint32_t)s->n);

		s->issue[i].cancelled |= !strcmp(s->issue[i].status, "open");
		sched_event(s->sched, &(struct sched_event){ .kind = EVENT_CANCEL, .issue = i });
	}
}

/* One turn; false when the run is over. */
static bool turn(struct sim *s)
{
	const struct sched_turn *t = sched_turn(s->sched, s->now);
	bool dies = (int)dice(s, 1000) < s->kill && s->kills < 6, done = t->done;
	int64_t wake = t->wake_us;
	size_t n = t->acts.n;

	s->turns++;
	if (dies && dice(s, 3) == 0) {		/* before the commit */
		kill_scheduler(s);
		return true;
	}
	commit(s, t);
	for (size_t k = 0; k < n; k++) {
		if (dies && dice(s, 3) == 0)	/* after the commit, in the middle of the actions */
			break;
		perform(s, &t->acts.v[k]);
	}
	check_running(s);
	if (dies) {
		kill_scheduler(s);
		return true;
	}
	if (done) {
		if (s->jobs.n)
			fail(s, "done while git works");
		if (!s->stopped)
			return false;
		begin(s);	/* the person goes on */
		recover(s);
		return true;
	}
	interfere(s);
	if (!happen(s, wake)) {
		fail(s, "the run waits for ever");
		return false;
	}
	return true;
}

static void go(struct sim *s)
{
	int before = failures;

	begin(s);
	while (turn(s)) {
		if (s->turns < 4000 && s->nattempt < ATTEMPTS - 100)
			continue;
		fail(s, "no end after %d turns and %zu attempts", s->turns, s->nattempt);
		break;
	}
	if (failures == before)
		check_end(s);
}

static uint64_t run(uint64_t seed, bool told)
{
	struct sim *s = xcalloc(1, sizeof(*s));
	uint64_t hash;

	s->told = told;
	make_up(s, seed);
	go(s);
	seen_kills += s->kills;
	seen_turns += s->turns;
	hash = s->hash;
	forget(s);
	free(s);
	return hash;
}

/* Against theory (scheduling.md 7) */

/* n issues on m slots, nothing in the way; with or without what the estimates say. */
static void make_ideal(struct sim *s, uint64_t seed, size_t n, int m, bool estimates,
		       enum sched_barrier barrier)
{
	*s = (struct sim){ .random = seed, .seed = seed, .ideal = true, .merging = -1,
			   .now = START, .n = n };
	s->attempt = xcalloc(ATTEMPTS, sizeof(*s->attempt));
	s->conf = (struct sched_conf){ .max_parallel = m, .mode = MODE_FULLY, .mode_explicit = true,
				       .barrier = barrier, .retry_max = 1,
				       .breaker = { 5, 2, 60 * 1000000ll } };
	for (size_t i = 0; i < n; i++) {
		struct issue *is = &s->issue[i];

		random_issue(s, i, 0);
		is->files = 0;
		is->body[0] = 0;
		is->item.priority = 2;
		is->item.estimate_min = estimates ? is->duration / MINUTE : -1;
	}
}

/* Minutes it took, and the bounds: total work and longest path. */
static double ideal(uint64_t seed, size_t n, int m, bool estimates, enum sched_barrier barrier,
		    double *w, double *cp)
{
	struct sim *s = xcalloc(1, sizeof(*s));
	double path[ISSUES] = { 0 }, span;

	make_ideal(s, seed, n, m, estimates, barrier);
	*w = *cp = 0;
	for (size_t i = 0; i < n; i++) {
		const struct issue *is = &s->issue[i];

		for (size_t k = 0; k < is->item.nblockers; k++)
			if (path[is->blocks[k]] > path[i])
				path[i] = path[is->blocks[k]];
		path[i] += (double)is->duration / MINUTE;
		*w += (double)is->duration / MINUTE;
		*cp = path[i] > *cp ? path[i] : *cp;
	}
	go(s);
	span = (double)(s->now - START) / MINUTE;
	forget(s);
	free(s);
	return span;
}

static void against_bounds(bool estimates, double mean_goal, double worst_goal)
{
	double sum = 0, worst = 0;
	int before = failures;

	for (uint64_t seed = 1; seed <= IDEAL; seed++) {
		size_t n = 12 + seed % 49;
		int m = 2 + (int)(seed % 7);
		double w, cp, span = ideal(seed, n, m, estimates, BARRIER_NONE, &w, &cp);
		double bound = w / m > cp ? w / m : cp;

		if (span > w / m + (1 - 1.0 / m) * cp + 0.001)
			printf("# seed %llu: %.0f minutes, over Graham's bound\n",
			       (unsigned long long)seed, span), failures++;
		sum += span / bound;
		worst = span / bound > worst ? span / bound : worst;
	}
	failures += sum / IDEAL > mean_goal || worst > worst_goal;
	printf("%s %d - %d random graphs %s estimates: %.3f of the lower bound, at worst %.3f, "
	       "none over Graham's\n",
	       failures == before ? "ok" : "not ok", ++tests, (int)IDEAL, estimates ? "with" :
		       "without", sum / IDEAL, worst);
}

static void against_barrier(void)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= IDEAL; seed++) {
		double w, cp;

		sum += ideal(seed, 30, 3, true, BARRIER_FULL, &w,
			     &cp) / ideal(seed, 30, 3, true, BARRIER_NONE, &w, &cp);
	}
	failures += sum / IDEAL < 1.25;
	printf("%s %d - waves with a barrier take %.2f times as long\n",
	       sum / IDEAL < 1.25 ? "not ok" : "ok", ++tests, sum / IDEAL);
}

int main(int argc, char **argv)
{
	int before;

	if (argc > 1) {
		run(strtoull(argv[1], NULL, 10), true);
		return failures != 0;
	}
	for (uint64_t seed = 1; seed <= RUNS && failures < 10; seed++)
		run(seed, false);
	printf("%s %d - %d random runs, %ld turns, %ld schedulers killed\n", failures ? "not ok" :
	       "ok", ++tests, (int)RUNS, seen_turns, seen_kills);
	before = failures;
	for (uint64_t seed = 1; seed <= 200; seed++)
		failures += run(seed, false) != run(seed, false);
	printf("%s %d - the same seed is the same run\n", failures == before ? "ok" :
	       "not ok", ++tests);
	against_bounds(true, 1.02, 1.20);
	against_bounds(false, 1.05, 1.30);
	against_barrier();
	printf("1..%d\n", tests);
	return failures != 0;
}
