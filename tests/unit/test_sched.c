/*
 * tests/unit/test_sched.c - decisions of the scheduler, as transcripts of simulated runs (spec/pipeline.md 18,
 * spec/scheduling.md 1-4). The words are explained in simworld.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/simworld.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct row { const char *what, *issues, *conf, *script, *want; } rows[] = {
	/* pipeline 18 */
	{ "s1_happy", "e.1 parent=e; e epic", "verify=3", "",
	  "0 e.1:impl; 10 e.1:spec; 11 e.1:code; 12 =e.1 {e.1} e:verify; 13 =e; exit 0" },
	{ "s2_always_aggregate", "1", "reviews=3", "",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 12 =1; exit 0" },
	{ "s4_overlap", "1 dur=30; 2 dur=10; 3 dur=20", "", "",
	  "0 1:impl 2:impl 3:impl; 10 2:spec; 11 2:code; 12 =2; 20 3:spec; 21 3:code; 22 =3; 30 "
	  "1:spec; 31 1:code; 32 =1; exit 0" },
	{ "s5_conflict", "1 files=m/index.ts:15-20; 2 files=jwt; 3 files=m/index.ts", "reviews=0",
	  "",
	  "0 1:impl 2:impl; 10 =1 3:impl =2; 20 =3; exit 0" },
	{ "s5_conflict_barrier", "1 files=m/index.ts dur=5; 2 files=jwt; 3 files=m/index.ts", "reviews=0 barrier=full",
	  "",
	  "0 1:impl 2:impl; 5 =1; 10 =2 3:impl; 20 =3; exit 0" },
	{ "s6_missing_files", "1; 2 nofiles; 3", "reviews=0", "",
	  "0 1:impl 3:impl; 10 =1 =3 2:impl; 20 =2; exit 0" },
	{ "s6_missing_files_first", "1 nofiles; 2; 3", "reviews=0", "",
	  "0 1:impl; 10 =1 2:impl 3:impl; 20 =2 =3; exit 0" },
	{ "s6_all_share", "1 files=a; 2 files=a; 3 files=a", "reviews=0", "",
	  "0 1:impl; 10 =1 2:impl; 20 =2 3:impl; 30 =3; exit 0" },
	{ "s8_order", "e.10; e.2; e.1", "reviews=0 par=1", "",
	  "0 e.1:impl; 10 e.2:impl =e.1; 20 e.10:impl =e.2; 30 =e.10; exit 0" },
	{ "s9_no_barrier", "1 dur=10; 2 dur=30; 3 needs=1; 4 needs=2,3", "reviews=0", "",
	  "0 1:impl 2:impl; 10 =1 3:impl; 20 =3; 30 =2 4:impl; 40 =4; exit 0" },
	{ "s9_barrier", "1 dur=10; 2 dur=30; 3 needs=1; 4 needs=2,3", "reviews=0 barrier=full", "",
	  "0 1:impl 2:impl; 10 =1; 30 =2 3:impl; 40 =3 4:impl; 50 =4; exit 0" },
	{ "s10_context_twice", "1; 2", "", "1:impl=context,context",
	  "0 1:impl 2:impl; 10 1:impl#2+context 2:spec; 11 2:code; 12 =2; 20 1:impl#3+context; "
	  "30 1:spec; 31 1:code; 32 =1; exit 0" },
	{ "s10_context_thrice", "1; 2", "reviews=0", "1:impl=context,context,context",
	  "0 1:impl 2:impl; 10 1:impl#2+context =2; 20 1:impl#3+context; 30 ?1; exit 3" },
	{ "s12_spec_fix", "1", "reviews=3", "1:spec=reject",
	  "0 1:impl; 10 1:spec; 11 1:impl#2+fix; 21 1:spec#2; 22 1:code/1 1:code/2 1:code/3; 23 "
	  "=1; exit 0" },
	{ "s13_rejection_limit", "1", "", "1:spec=reject 1:code=reject,reject",
	  "0 1:impl; 10 1:spec; 11 1:impl#2+fix; 21 1:spec#2; 22 1:code; 23 1:impl#3+fix; 33 "
	  "1:code; 34 ?1; exit 3" },
	{ "s14_held", "1; 2 dur=20", "", "1:spec=cannot:own/2.c",
	  "0 1:impl 2:impl; 10 1:spec; 20 2:spec; 21 2:code; 22 =2 1:spec#2+held; 23 1:code; 24 "
	  "=1; exit 0" },
	{ "s14_mutual", "1; 2", "", "1:spec=cannot:own/2.c,cannot 2:spec=cannot:own/1.c,cannot",
	  "0 1:impl 2:impl; 10 1:spec 2:spec; 11 1:spec#2+held 2:spec#2+held; 12 ?1 ?2 "
	  "(degraded); exit 3" },
	{ "s16_minor_only", "1", "reviews=3", "1:code/1=minor 1:code/2=minor 1:code/3=minor",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 12 =1; exit 0" },
	{ "s16_counts_beat_words", "1", "reviews=1", "1:code=approve1",
	  "0 1:impl; 10 1:spec; 11 1:code; 12 1:impl#2+fix; 22 1:code; 23 =1; exit 0" },
	{ "s16_empty_rejects", "1", "reviews=3", "1:code/2=empty,empty 1:code/3=empty,empty",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 12 1:code/2+correction "
	  "1:code/3+correction; 13 1:impl#2+fix; 23 1:code/1 1:code/2 1:code/3; 24 =1; exit 0" },
	{ "s17_one_lost", "1", "reviews=3", "1:code/2=crash,crash",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 13 1:code/2+restart; 14 =1; exit "
	  "0" },
	{ "s17_two_lost", "1", "reviews=3", "1:code/2=crash,crash 1:code/3=timeout,fail",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 13 1:code/2+restart "
	  "1:code/3+restart; 14 =1; exit 0" },
	{ "s17_all_lost", "1", "reviews=3",
	  "1:code/1=crash,crash 1:code/2=crash,crash 1:code/3=crash,crash",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 13 1:code/1+restart "
	  "1:code/2+restart 1:code/3+restart; 14 ?1; exit 3" },
	{ "s18_malformed_once", "1", "reviews=0", "1:impl=malformed",
	  "0 1:impl; 10 1:impl#2+correction; 20 =1; exit 0" },
	{ "s18_malformed_twice", "1", "reviews=0", "1:impl=malformed,malformed",
	  "0 1:impl; 10 1:impl#2+correction; 20 !1; exit 1" },
	{ "s19_gap_closure", "1", "reviews=0 test", "1:test=reject,reject",
	  "0 1:impl; 10 1:test; 11 1:impl#2+test; 21 1:test#2; 22 1:impl#3+test; 32 1:test#3; 33 "
	  "=1; exit 0" },
	{ "s19_gap_limit", "1", "reviews=0 test", "1:test=reject,reject,reject",
	  "0 1:impl; 10 1:test; 11 1:impl#2+test; 21 1:test#2; 22 1:impl#3+test; 32 1:test#3; 33 "
	  "?1; exit 3" },
	{ "s20_timeout_progress", "1", "reviews=0", "1:impl=timeout",
	  "0 1:impl; 11 1:impl#2+continue; 21 =1; exit 0" },
	{ "s20_timeout_progress_limit", "1", "reviews=0", "1:impl=timeout,timeout,timeout",
	  "0 1:impl; 11 1:impl#2+continue; 23 1:impl#3+continue; 33 ?1; exit 3" },
	{ "s20_timeout_idle", "1", "reviews=0", "1:impl=timeout,timeout 1:collect=idle,idle",
	  "0 1:impl; 11 1:impl#2+restart; 21 !1; exit 1" },
	{ "s22_false_evidence", "1", "reviews=0", "1:collect=false",
	  "0 1:impl; 10 1:impl#2+correction; 20 =1; exit 0" },
	{ "s22_empty", "1", "reviews=0", "1:collect=empty,empty",
	  "0 1:impl; 10 1:impl#2+correction; 20 !1; exit 1" },
	{ "s22_scope", "1", "", "1:collect=scope",
	  "0 1:impl; 10 1:impl#2+fix; 20 1:spec; 21 1:code; 22 =1; exit 0" },
	{ "s2_fastpath", "1", "reviews=3 fastpath", "",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 12 =1; exit 0" },
	{ "s3_trivial", "1 lines=10; 2 lines=11", "reviews=3 mode=sequential", "",
	  "0 1:impl; 10 1:spec; 11 1:code/1; 12 =1 2:impl; 22 2:spec; 23 2:code/1 2:code/2 "
	  "2:code/3; 24 =2; exit 0" },
	{ "s7_cap", "1; 2; 3; 4; 5", "reviews=1 par=0 cap=2", "",
	  "0 1:impl 2:impl; 10 1:spec 2:spec; 11 1:code 2:code; 12 =1 3:impl =2 4:impl; 22 "
	  "3:spec 4:spec; 23 3:code 4:code; 24 =3 5:impl =4; 34 5:spec; 35 5:code; 36 =5; exit "
	  "0" },
	{ "s9_summaries", "e epic; 1 parent=e; 2 parent=e dur=30; 3 needs=1 parent=e; 4 needs=2,3 parent=e", "reviews=0 barrier=full",
	  "",
	  "0 1:impl 2:impl; 10 =1; 30 =2 {1, 2} 3:impl; 40 =3 {3} 4:impl; 50 =4 {4} =e; exit 0" },
	{ "s9_summaries_narrow", "e epic; 1 parent=e; 2 parent=e; 3 needs=1 parent=e", "reviews=0 barrier=full par=1",
	  "",
	  "0 1:impl; 10 2:impl =1; 20 =2 {1, 2} 3:impl; 30 =3 {3} =e; exit 0" },
	{ "s11_scope_at_once", "1", "reviews=0", "1:impl=blocked:task_too_large",
	  "0 1:impl; 10 ?1; exit 3" },
	{ "s11_capacity", "1", "reviews=0",
	  "1:impl=blocked:multiple_approaches,blocked:multiple_approaches,blocked:multiple_approaches",
	  "0 1:impl; 10 1:impl#2+blocked; 20 1:impl#3+blocked; 30 ?1; exit 3" },
	{ "s11_other", "1", "reviews=0", "1:impl=blocked:hm", "0 1:impl; 10 ?1; exit 3" },
	{ "s14_named_later", "1; 2 dur=40; 3 dur=15", "", "1:spec=cannot:needs_own/2.c",
	  "0 1:impl 2:impl 3:impl; 10 1:spec; 15 3:spec; 16 3:code; 17 =3; 40 2:spec; 41 2:code; "
	  "42 =2 1:spec#2+held; 43 1:code; 44 =1; exit 0" },
	{ "s17_spec_lost", "1", "", "1:spec=crash,crash",
	  "0 1:impl; 10 1:spec; 12 1:spec#2+restart; 13 ?1; exit 3" },
	{ "s18_spec_malformed", "1", "", "1:spec=malformed,malformed",
	  "0 1:impl; 10 1:spec; 11 1:spec#2+correction; 12 ?1; exit 3" },
	{ "s18_collected_after_correction", "1", "reviews=0", "1:impl=malformed,malformed",
	  "0 1:impl; 10 1:impl#2+correction; 20 !1; exit 1" },
	{ "s24_no_files_no_diff", "1 nofiles nodiff; 2 nofiles nodiff; 3", "reviews=0",
	  "1:collect=empty 2:collect=empty",
	  "0 1:impl 2:impl 3:impl; 10 =1 =2 =3; exit 0" },
	{ "s25_verify_fails", "e epic; 1 parent=e", "reviews=0 verify=3",
	  "e:verify=reject,malformed,reject",
	  "0 1:impl; 10 =1 {1} e:verify; 11 e:verify#2+fix; 12 e:verify#3+correction; 13 ~e; "
	  "exit 5" },
	{ "s25_verify_again", "e epic; 1 parent=e", "reviews=0 verify=3", "e:verify=reject",
	  "0 1:impl; 10 =1 {1} e:verify; 11 e:verify#2+fix; 12 =e; exit 0" },
	{ "epic_without_verifier", "e epic; 1 parent=e; 2 closed parent=e", "reviews=0", "",
	  "0 1:impl; 10 =1 {1} =e; exit 0" },
	{ "epic_child_fails", "e epic; 1 parent=e; 2 parent=e", "reviews=0", "1:impl=fail,fail",
	  "0 1:impl 2:impl; 10 =2; 11 1:impl#2+continue; 21 !1 {2}; exit 1" },
	{ "epic_of_epics", "a epic; b epic parent=a; 1 parent=b", "reviews=0 verify=3", "",
	  "0 1:impl; 10 =1 {1} b:verify; 11 =b a:verify; 12 =a; exit 0" },
	/* conflicts in the merge queue */
	{ "conflict_once", "1; 2", "", "2:candidate=conflict",
	  "0 1:impl 2:impl; 10 1:spec 2:spec; 11 1:code 2:code; 12 =1 2:impl#2+conflict; 22 =2; "
	  "exit 0" },
	{ "conflict_twice", "1", "reviews=0", "1:candidate=conflict,conflict",
	  "0 1:impl; 10 1:impl#2+conflict; 20 ?1; exit 3" },
	{ "git_fails_once", "1", "reviews=0", "1:collect=broken 1:candidate=broken 1:merge=broken",
	  "0 1:impl; 10 =1; exit 0" },
	{ "git_fails_twice", "1", "reviews=0", "1:merge=broken,broken", "0 1:impl; 10 ?1; exit 3" },
	{ "tests_one_at_a_time", "1; 2; 3", "reviews=0 test", "",
	  "0 1:impl 2:impl 3:impl; 10 1:test; 11 =1 2:test; 12 =2 3:test; 13 =3; exit 0" },
	/* scheduling 1-4 */
	{ "f001_01_waves", "1; 2; 3 needs=1", "reviews=0 barrier=full", "",
	  "0 1:impl 2:impl; 10 =1 =2 3:impl; 20 =3; exit 0" },
	{ "f001_06_sequential", "1; 2; 3", "mode=sequential", "",
	  "0 1:impl; 10 1:spec; 11 1:code; 12 =1 2:impl; 22 2:spec; 23 2:code; 24 =2 3:impl; 34 "
	  "3:spec; 35 3:code; 36 =3; exit 0" },
	{ "f001_07_reviews", "1 dur=5; 2; 3 dur=5; 4 dur=5", "par=2 barrier=reviews cap=2", "",
	  "0 1:impl 2:impl; 5 1:spec; 6 1:code; 7 =1; 10 2:spec 3:impl; 11 2:code; 12 =2 4:impl; "
	  "15 3:spec; 16 3:code; 17 4:spec =3; 18 4:code; 19 =4; exit 0" },
	{ "f001_08_fully", "1; 2; 3; 4; 5; 6; 7; 8; 9; 10", "reviews=0 par=0", "",
	  "0 1:impl 2:impl 3:impl 4:impl 5:impl 6:impl 7:impl 8:impl 9:impl 10:impl; 10 =1 =2 =3 "
	  "=4 =5 =6 =7 =8 =9 =10; exit 0" },
	{ "f001_08_no_files_explicit", "1 nofiles; 2 nofiles; 3 nofiles", "reviews=0 mode=fully",
	  "",
	  "0 1:impl 2:impl 3:impl; 10 =1 =2 =3; exit 0" },
	{ "f001_17_independent", "1; 2; 3", "reviews=0 retry=0",
	  "1:impl=timeout 2:impl=timeout 3:impl=timeout 1:collect=idle 2:collect=idle 3:collect=idle",
	  "0 1:impl 2:impl 3:impl; 10 !1 !2 !3 (degraded); exit 1" },
	{ "f001_21_others_go_on", "1; 2; 3", "reviews=0 retry=0", "1:impl=fail",
	  "0 1:impl 2:impl 3:impl; 10 !1 =2 =3; exit 1" },
	{ "f001_31_retry", "1; 2", "reviews=0", "1:impl=fail 2:impl=fail,fail",
	  "0 1:impl 2:impl; 11 1:impl#2+continue 2:impl#2+continue; 21 !2 =1; exit 1" },
	{ "f001_38_dependents", "1; 2 needs=1; 3 needs=2; 4; 5 needs=4", "reviews=0 retry=0",
	  "1:impl=fail",
	  "0 1:impl 4:impl; 10 !1 =4 5:impl; 20 =5; exit 1" },
	{ "f001_38_stop", "1; 2 needs=1; 4 dur=20; 5 needs=4", "reviews=0 retry=0 policy=stop",
	  "1:impl=fail",
	  "0 1:impl 4:impl; 10 !1; 20 =4; exit 1" },
	{ "f001_55_crash", "1; 2", "reviews=0", "1:impl=crash,crash,crash",
	  "0 1:impl 2:impl; 10 =2; 11 1:impl#2+continue; 23 1:impl#3+continue; 33 ?1; exit 3" },
	{ "f001_56_all_fail", "1; 2; 3 needs=4; 4; 5 needs=4", "reviews=0 retry=0 barrier=full par=4",
	  "1:impl=fail 2:impl=fail 4:impl=fail",
	  "0 4:impl 1:impl 2:impl; 10 !1 !2 !4 (degraded); exit 1" },
	{ "f001_56_then_one_at_a_time", "1 est=50; 2 est=50; 3; 4", "reviews=0 retry=0 barrier=full cap=2",
	  "1:impl=fail 2:impl=fail",
	  "0 1:impl 2:impl; 50 !1 !2 (degraded) 3:impl; 60 4:impl =3; 70 =4; exit 1" },
	{ "f003_16_out_of_order", "1 dur=30; 2 dur=20; 3 dur=10", "reviews=0", "",
	  "0 1:impl 2:impl 3:impl; 10 =3; 20 =2; 30 =1; exit 0" },
	{ "f004_02_fail_fast", "1; 2 dur=30; 3 dur=30; 4", "reviews=0 retry=0 policy=fail-fast",
	  "1:impl=fail",
	  "0 1:impl 2:impl 3:impl; 10 !1 -3:impl -2:impl ~2 ~3; exit 1" },
	{ "max_failures", "1; 2; 3; 4; 5", "reviews=0 retry=0 par=1 failures=2",
	  "1:impl=fail 2:impl=fail",
	  "0 1:impl; 10 !1 2:impl; 20 !2; exit 1" },
	{ "critical_path_first", "1; 2 est=20; 3 est=60; 4 needs=1 est=90", "reviews=0 par=1", "",
	  "0 1:impl; 10 =1 4:impl; 100 3:impl =4; 160 2:impl =3; 180 =2; exit 0" },
	{ "priority_then_id", "1 pri=2; 2 pri=0; 10 pri=1; 9 pri=1", "reviews=0 par=1", "",
	  "0 2:impl; 10 9:impl =2; 20 10:impl =9; 30 1:impl =10; 40 =1; exit 0" },
	{ "fifo", "1; 2 est=20; 3 est=60", "reviews=0 par=1 fifo", "",
	  "0 1:impl; 10 2:impl =1; 30 3:impl =2; 90 =3; exit 0" },
	{ "review_slots", "1; 2", "reviews=3 slots=2", "",
	  "0 1:impl 2:impl; 10 1:spec 2:spec; 11 1:code/1 1:code/2; 12 1:code/3 2:code/1; 13 "
	  "2:code/2 2:code/3 =1; 14 =2; exit 0" },
	{ "shared_one_at_a_time", "1; 2", "shared test", "1:spec=reject",
	  "0 1:impl; 10 1:spec; 11 1:impl#2+fix; 21 1:spec#2; 22 1:code; 23 1:test; 24 =1 "
	  "2:impl; 34 2:spec; 35 2:code; 36 2:test; 37 =2; exit 0" },
	/* people */
	{ "cancel_one", "1 dur=30; 2; 3 needs=1", "", "2:spec=pass&cancel1",
	  "0 1:impl 2:impl; 10 2:spec; 11 -1:impl 2:code ~1; 12 =2; exit 4" },
	{ "cancel_waiting", "1; 2 needs=1; 3", "reviews=0", "3:impl=pass&cancel2",
	  "0 1:impl 3:impl; 10 =1 =3; exit 4" },
	{ "cancel_with_barrier", "1; 2 dur=30; 3 needs=1", "reviews=0 barrier=full",
	  "1:impl=pass&cancel2",
	  "0 1:impl 2:impl; 10 -2:impl =1 ~2 3:impl; 20 =3; exit 4" },
	{ "stop", "1 dur=30; 2; 3", "par=2", "2:impl=pass&stop",
	  "0 1:impl 2:impl; 10 -1:impl; exit 4" },
	/* limits of the run */
	{ "budget_launches", "1; 2; 3", "reviews=0 par=1 launches=2", "",
	  "0 1:impl; 10 2:impl =1; 20 =2; exit 7" },
	{ "budget_tokens", "1; 2; 3", "par=1 tokens=4000", "",
	  "0 1:impl; 10 2:impl 1:spec; 11 1:code; 12 =1; 20 ~2; exit 7" },
	{ "budget_wall", "1; 2; 3", "reviews=0 par=1 wall=15", "",
	  "0 1:impl; 10 2:impl =1; 20 =2; exit 7" },
	{ "budget_wall_not_reached", "1", "reviews=0 wall=500", "", "0 1:impl; 10 =1; exit 0" },
	{ "limited_until", "1; 2; 3", "reviews=0", "1:impl=limited:45",
	  "0 1:impl 2:impl 3:impl; 10 (open) =2 =3; 45 (half-open) 1:impl#2; 55 =1; exit 0" },
	{ "limited_unknown", "1; 2 needs=1", "reviews=0", "1:impl=limited",
	  "0 1:impl; 10 (open); 20 (half-open) 1:impl#2; 30 =1 2:impl; 40 (closed) =2; exit 0" },
	{ "limited_reviewer", "1", "reviews=3", "1:code/2=limited:30",
	  "0 1:impl; 10 1:spec; 11 1:code/1 1:code/2 1:code/3; 12 (open); 30 (half-open) "
	  "1:code/2; 31 =1; exit 0" },
	{ "fatal", "1; 2 dur=30; 3 needs=1", "reviews=0", "1:impl=fatal:not_logged_in",
	  "0 1:impl 2:impl; 10 ~1; 30 =2; exit 2" },
};

static void check_row(void **state)
{
	const struct row *r = *state;
	struct world w;

	assert_int_equal(world_open(&w, r->issues, r->conf, r->script, NULL), 0);
	assert_string_equal(world_run(&w), r->want);
	world_close(&w);
}

int main(int argc, char **argv)
{
	struct CMUnitTest t[COUNT(rows)] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		t[n++] = (struct CMUnitTest){ rows[i].what, check_row, NULL, NULL, &rows[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
