/*
 * tests/unit/test_sched.c - decisions of the scheduler, as transcripts of simulated runs
 * (spec/pipeline.md 18, spec/scheduling.md 1-4). The words are explained in simworld.h.
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
	{ "s5_conflict_barrier", "1 files=m/index.ts dur=5; 2 files=jwt; 3 files=m/index.ts",
	  "reviews=0 barrier=full",
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
	{ "s14_held_and_found", "1; 2 dur=20", "", "1:spec=cannot:own/2.c:init 1:look=found",
	  "0 1:impl 2:impl; 10 1:spec; 20 2:spec; 21 2:code; 22 =2 1:code; 23 =1; exit 0" },
	{ "s14_look_fails", "1; 2 dur=20", "", "1:spec=cannot:own/2.c:init 1:look=broken",
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
	/* the third is binary: its lines are not known */
	{ "s3_trivial", "1 lines=10; 2 lines=11; 3 lines=-1", "reviews=3 mode=sequential", "",
	  "0 1:impl; 10 1:spec; 11 1:code/1; 12 =1 2:impl; 22 2:spec; 23 2:code/1 2:code/2 "
	  "2:code/3; 24 =2 3:impl; 34 3:spec; 35 3:code/1 3:code/2 3:code/3; 36 =3; exit 0" },
	{ "s7_cap", "1; 2; 3; 4; 5", "reviews=1 par=0 cap=2", "",
	  "0 1:impl 2:impl; 10 1:spec 2:spec; 11 1:code 2:code; 12 =1 3:impl =2 4:impl; 22 "
	  "3:spec 4:spec; 23 3:code 4:code; 24 =3 5:impl =4; 34 5:spec; 35 5:code; 36 =5; exit "
	  "0" },
	{ "s9_summaries", "e epic; 1 parent=e; 2 parent=e dur=30; 3 needs=1 parent=e; 4 needs=2,3 "
			  "parent=e", "reviews=0 barrier=full",
	  "",
	  "0 1:impl 2:impl; 10 =1; 30 =2 {1, 2} 3:impl; 40 =3 {3} 4:impl; 50 =4 {4} =e; exit 0" },
	{ "s9_summaries_narrow", "e epic; 1 parent=e; 2 parent=e; 3 needs=1 parent=e",
	  "reviews=0 barrier=full par=1",
	  "",
	  "0 1:impl; 10 2:impl =1; 20 =2 {1, 2} 3:impl; 30 =3 {3} =e; exit 0" },
	{ "s11_scope_at_once", "1", "reviews=0", "1:impl=blocked:task_too_large",
	  "0 1:impl; 10 ?1; exit 3" },
	{ "s11_capacity", "1", "reviews=0",
	  "1:impl=blocked:multiple_approaches,blocked:multiple_approaches,blocked:multiple_approaches",
	  "0 1:impl; 10 1:impl#2+blocked; 20 1:impl#3+blocked; 30 ?1; exit 3" },
	{ "s11_strongest_at_once", "1", "reviews=0 steps=0", "1:impl=blocked:multiple_approaches",
	  "0 1:impl; 10 ?1; exit 3" },
	{ "s11_one_step", "1", "reviews=0 steps=1", "1:impl=blocked:uncertain,blocked:uncertain",
	  "0 1:impl; 10 1:impl#2+blocked; 20 ?1; exit 3" },
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
	  "1:impl=timeout 2:impl=timeout 3:impl=timeout 1:collect=idle 2:collect=idle "
	  "3:collect=idle",
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
	{ "f001_56_all_fail", "1; 2; 3 needs=4; 4; 5 needs=4",
	  "reviews=0 retry=0 barrier=full par=4",
	  "1:impl=fail 2:impl=fail 4:impl=fail",
	  "0 4:impl 1:impl 2:impl; 10 !4 !1 !2 (degraded); exit 1" },
	{ "f001_56_then_one_at_a_time", "1 est=50; 2 est=50; 3; 4",
	  "reviews=0 retry=0 barrier=full cap=2",
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
	{ "f004_28_fallback_queue", "1; 2; 3 needs=2", "reviews=0", "1:impl=limited:45",
	  "0 2:impl 1:impl; 10 (open) =2; 45 (half-open) 1:impl#2; 55 3:impl =1; 65 (closed) =3; "
	  "exit 0" },
	{ "f004_28_fallback_sequential", "1; 2; 3 needs=2; 4", "reviews=0 fallback=sequential",
	  "1:impl=limited:45",
	  "0 2:impl 1:impl 4:impl; 10 (open) (degraded) =2 =4; 45 (half-open) 1:impl#2; 55 3:impl "
	  "=1; 65 (closed) =3; exit 0" },
	{ "f004_28_fallback_agent", "1; 2; 3 needs=2", "reviews=0 fallback=agent",
	  "1:impl=limited:45",
	  "0 2:impl 1:impl; 10 (open) *1:impl#2 =2 *3:impl; 20 =1 =3; exit 0" },
	{ "f004_28_fallback_limited_too", "1", "reviews=0 fallback=agent",
	  "1:impl=limited:45,limited:30",
	  "0 1:impl; 10 (open) *1:impl#2; 30 *1:impl#3; 40 =1; exit 0" },
	{ "f004_16_alerts_once", "1; 2; 3; 4; 5; 6; 7",
	  "reviews=0 par=1 retry=0 alert=40 failures=0",
	  "2:impl=fail 3:impl=timeout 4:impl=timeout 6:impl=fail 3:collect=idle 4:collect=idle",
	  "0 1:impl; 10 2:impl =1; 20 !2 3:impl; 30 !3 4:impl; 40 !4 5:impl; 50 (failure_rate) "
	  "(timeout_rate) "
	  "6:impl =5; 60 !6 7:impl; 70 =7; exit 1" },
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

/* An interrupted run goes on: what the work file of issue 1 says, and what comes then */
#define AT(stage) "[state]\nstage=" stage "\nrun=r\nsince=1970-01-01T00:00:00Z\n"
#define ATTEMPT(role, outcome) "[" role "]\noutcome=" outcome "\nrun=r\nwave=1\nstarted_at=1970-01-01T00:00:01Z\n"
#define REVIEW(role, seat, outcome) ATTEMPT(role, outcome) "reviewer=" seat "\n"
#define DONE ATTEMPT("impl.1", "passed")

static struct resume_row { const char *what, *issues, *conf, *script, *work, *want; } resumes[] = {
	{ "resume_wait", "1", "", "", "[count]\nreject=1\n",
	  "0 1:impl; 10 1:spec; 11 1:code; 12 =1; exit 0" },
	{ "resume_impl", "1", "", "", AT("impl") ATTEMPT("impl.1", "cancelled"),
	  "0 1:impl#2; 10 1:spec; 11 1:code; 12 =1; exit 0" },
	{ "resume_impl_running", "1", "", "", AT("impl") ATTEMPT("impl.1", "running"),
	  "0 1:spec; 1 1:code; 2 =1; exit 0" },
	{ "resume_fix_of_code", "1", "", "", AT("impl.code") DONE ATTEMPT("impl.2", "running"),
	  "0 1:code; 1 =1; exit 0" },
	{ "resume_fix_of_tests", "1", "test", "", AT("impl.candidate") DONE,
	  "0 1:impl#2; 10 1:test; 11 =1; exit 0" },
	{ "resume_collect", "1", "", "", AT("collect") DONE,
	  "0 1:spec; 1 1:code; 2 =1; exit 0" },
	{ "resume_collect_crashed", "1", "reviews=0", "",
	  AT("collect") "[count]\ncrash=2\n" ATTEMPT("impl.1", "crashed"),
	  "0 ?1; exit 3" },
	{ "resume_spec", "1", "", "", AT("spec") DONE ATTEMPT("spec.1", "cancelled"),
	  "0 1:spec#2; 1 1:code; 2 =1; exit 0" },
	{ "resume_spec_running", "1", "", "", AT("spec") DONE ATTEMPT("spec.1", "running"),
	  "0 1:code; 1 =1; exit 0" },
	{ "resume_code_none", "1", "reviews=3", "", AT("code") "[count]\nreviewers=3\n" DONE,
	  "0 1:code/1 1:code/2 1:code/3; 1 =1; exit 0" },
	{ "resume_code_one_of_three", "1", "reviews=3", "",
	  AT("code") "[count]\nreviewers=3\n" DONE REVIEW("code.1", "1", "passed"),
	  "0 1:code/2 1:code/3; 1 =1; exit 0" },
	{ "resume_code_running", "1", "reviews=3", "",
	  AT("code") "[count]\nreviewers=3\n" DONE REVIEW("code.1", "1",
							  "running") REVIEW("code.2", "2",
									    "passed"),
	  "0 1:code/3; 1 =1; exit 0" },
	{ "resume_code_last_running", "1", "reviews=2", "",
	  AT("code") "[count]\nreviewers=2\n" DONE REVIEW("code.1", "1",
							  "running") REVIEW("code.2", "2",
									    "passed"),
	  "0 =1; exit 0" },
	{ "resume_code_correction", "1", "reviews=2", "",
	  AT("code") "[count]\nreviewers=2\n" DONE REVIEW("code.1", "1",
							  "unparsed") REVIEW("code.2", "2",
									     "passed"),
	  "0 1:code/1+correction; 1 =1; exit 0" },
	{ "resume_code_lost", "1", "reviews=2", "",
	  AT("code") "[count]\nreviewers=2\n" DONE REVIEW("code.1", "1",
							  "passed") REVIEW("code.2", "2", "crashed")
	  REVIEW("code.3", "2", "timeout"),
	  "0 =1; exit 0" },
	{ "resume_code_trivial_later", "1 lines=5", "reviews=3", "1:code=reject", AT("spec") DONE,
	  "0 1:spec; 1 1:code/1; 2 =1; exit 0" },
	{ "resume_held", "1; 2", "", "", AT("held") DONE ATTEMPT("spec.1", "blocked"),
	  "0 2:impl; 10 2:spec; 11 2:code; 12 =2 1:spec#2+held; 13 1:code; 14 =1; exit 0" },
	{ "resume_candidate", "1; 2", "reviews=0", "", AT("candidate") DONE,
	  "0 2:impl =1; 10 =2; exit 0" },
	{ "resume_test", "1", "reviews=0 test", "", AT("test") DONE ATTEMPT("test.1", "cancelled"),
	  "0 1:test#2; 1 =1; exit 0" },
	{ "resume_test_running", "1; 2", "reviews=0 test", "",
	  AT("test") DONE ATTEMPT("test.1", "running"),
	  "0 2:impl =1; 10 2:test; 11 =2; exit 0" },
	{ "resume_merge", "1", "reviews=0 test", "",
	  AT("merge") "merge_oid=2222222222222222222222222222222222222222\n" DONE,
	  "0 =1; exit 0" },
	{ "resume_verify", "e epic; 1 parent=e closed", "verify=3", "",
	  AT("verify") ATTEMPT("verify.1", "failed"),
	  "0 e:verify#2; 1 =e; exit 0" },
	{ "resume_limits_stand", "1", "", "1:spec=reject", AT("spec") "[count]\nreject=2\n" DONE,
	  "0 1:spec; 1 ?1; exit 3" },
	{ "resume_failed", "1", "reviews=0", "", AT("failed") DONE,
	  "0 1:impl#2; 10 =1; exit 0" },
	{ "resume_holds_files", "1 files=a; 2 files=a; 3", "reviews=0 par=2", "",
	  AT("impl") ATTEMPT("impl.1", "lost"),
	  "0 1:impl#2 3:impl; 10 =1 2:impl =3; 20 =2; exit 0" },
	{ "s13_answered_at_code", "1", "", "", "[state]\nstage=human.code\nhead=11\n" DONE,
	  "0 1:code; 1 =1; exit 0" },
	{ "s13_answered_at_spec", "1; 2 needs=1", "", "1:spec=reject",
	  "[state]\nstage=human.spec\nhead=11\n" DONE,
	  "0 1:spec; 1 1:impl#2+fix; 11 1:spec#2; 12 1:code; 13 =1 2:impl; 23 2:spec; 24 2:code; "
	  "25 =2; exit 0" },
	{ "s19_answered_at_tests", "1", "test", "",
	  "[state]\nstage=human.candidate\nhead=11\n" DONE,
	  "0 1:test; 1 =1; exit 0" },
	{ "s13_answered_scope", "1", "", "1:collect=scope",
	  "[state]\nstage=human.code\nhead=11\n" DONE,
	  "0 1:impl#2+fix; 10 1:spec; 11 1:code; 12 =1; exit 0" },
	{ "s13_answered_shared", "1", "shared", "", "[state]\nstage=human.code\nhead=11\n" DONE,
	  "0 1:impl#2; 10 1:spec; 11 1:code; 12 =1; exit 0" },
	{ "resume_human_waits", "1 held; 2", "reviews=0", "", AT("human.code") DONE,
	  "0 2:impl; 10 =2; exit 3" },
	{ "resume_failed_counts", "1 held; 2", "reviews=0", "", AT("failed") DONE,
	  "0 2:impl; 10 =2; exit 1" },
	{ "resume_budget_launches", "1; 2", "reviews=0 par=1 launches=2", "",
	  AT("impl") ATTEMPT("impl.1", "cancelled"),
	  "0 1:impl#2; 10 =1; exit 7" },
	{ "resume_budget_other_run", "1", "reviews=0 launches=2", "",
	  AT("impl") "[impl.1]\noutcome=failed\nrun=q\nstarted_at=1970-01-01T00:00:01Z\n",
	  "0 1:impl#2; 10 =1; exit 0" },
	{ "resume_budget_tokens", "1; 2", "reviews=0 par=1 tokens=4000", "",
	  AT("impl") "[impl.1]\noutcome=failed\nrun=r\ntokens=3000\n"
		     "started_at=1970-01-01T00:00:01Z\n",
	  "0 1:impl#2; 10 =1; exit 7" },
	{ "resume_budget_wall", "1; 2", "reviews=0 par=1 wall=15 earlier=10", "",
	  AT("impl") ATTEMPT("impl.1", "cancelled"),
	  "0 1:impl#2; 10 =1; exit 7" },
	{ "resume_accepted", "1", "", "", "[state]\nstage=candidate\nhead=11\n",
	  "0 =1; exit 0" },
	{ "resume_wave", "1; 2; 3 needs=1", "reviews=0 barrier=full", "",
	  AT("impl") "[impl.1]\noutcome=cancelled\nrun=r\nwave=4\n"
		     "started_at=1970-01-01T00:00:01Z\n",
	  "0 1:impl#2; 10 =1 2:impl 3:impl; 20 =2 =3; exit 0" },
	/* killed between the wave's first close and the start of the rest of it */
	{ "resume_untold", "1 closed parent=e; 2 parent=e; e epic",
	  "reviews=0 barrier=full par=1", "",
	  AT("closed") "[impl.1]\noutcome=passed\nrun=r\nwave=1\n"
		       "started_at=1970-01-01T00:00:01Z\n",
	  "0 {1} 2:impl; 10 =2 {2} =e; exit 0" },
	{ "resume_told", "1 closed told parent=e; 2 parent=e; e epic",
	  "reviews=0 barrier=full par=1", "",
	  AT("closed") "[impl.1]\noutcome=passed\nrun=r\nwave=1\n"
		       "started_at=1970-01-01T00:00:01Z\n",
	  "0 2:impl; 10 =2 {2} =e; exit 0" },
	{ "resume_not_ours", "1 closed parent=e; 2 parent=e; e epic",
	  "reviews=0 barrier=full par=1", "",
	  "[state]\nstage=closed\nrun=q\n[impl.1]\noutcome=passed\nrun=q\nwave=1\n"
	  "started_at=1970-01-01T00:00:01Z\n",
	  "0 2:impl; 10 =2 {2} =e; exit 0" },
	{ "resume_unknown_stage", "1", "reviews=0", "", AT("gate"),
	  "0 1:impl; 10 =1; exit 0" },
};

static void check_resume(void **state)
{
	const struct resume_row *r = *state;
	struct world w;

	assert_int_equal(world_open(&w, r->issues, r->conf, r->script, NULL), 0);
	world_resume(&w, r->work);
	assert_string_equal(world_run(&w), r->want);
	world_close(&w);
}

/* Turns by hand: how many attempts does this one start, and what is the first. */
static size_t spawned(const struct sched_turn *t, struct sched_act *first)
{
	size_t n = 0;

	for (size_t k = 0; k < t->acts.n; k++)
		if (t->acts.v[k].kind == ACT_SPAWN && !n++)
			*first = t->acts.v[k];
	return n;
}

static void answer_all(struct sched *s, const struct sched_turn *t, enum event_kind kind)
{
	for (size_t k = 0; k < t->acts.n; k++)
		if (t->acts.v[k].kind == ACT_SPAWN)
			sched_event(s, &(struct sched_event){
				.kind = kind, .issue = t->acts.v[k].issue,
				.role = t->acts.v[k].role, .n = t->acts.v[k].n, .text = "fork: no",
				.outcome = { .usage = USAGE_NONE } });
}

/* F004-27, and row 8 of the numbers: a dead executor costs a handful of starts, then one a
 * minute, then the run ends. */
static void dead_executor(void **state)
{
	const struct sched_turn *t;
	struct sched_act act;
	struct world w;
	size_t starts = 0, n;
	int64_t now = 0, opened = 0;

	(void)state;
	world_open(&w, "1; 2; 3; 4; 5; 6; 7; 8; 9; 10", "reviews=0 par=3", "", NULL);
	while (!(t = sched_turn(w.sched, now))->done) {
		n = spawned(t, &act);
		starts += n;
		if (starts > 5)
			assert_in_range(n, 0, 1);
		answer_all(w.sched, t, EVENT_NOT_STARTED);
		if (n)
			continue;
		assert_true(t->wake_us > now);
		opened += t->wake_us - now >= w.conf.breaker.reset_us;
		now = t->wake_us;
	}
	assert_int_equal(starts, 8);	/* 5 and three probes */
	assert_int_equal(opened, 3);
	assert_int_equal(sched_exit_code(w.sched), 2);
	assert_string_equal(sched_stop_reason(w.sched), "fork: no");
	world_close(&w);
}

/* F004-27: five failures, the sixth waits; after the pause one probe at a time; two that pass
 * close it. */
static void breaker_closes(void **state)
{
	const struct sched_turn *t;
	struct sched_act act;
	struct world w;
	int64_t now = 0;

	(void)state;
	world_open(&w, "1; 2; 3; 4; 5; 6; 7; 8", "reviews=0 par=5", "", NULL);
	t = sched_turn(w.sched, now);
	assert_int_equal(spawned(t, &act), 5);
	answer_all(w.sched, t, EVENT_NOT_STARTED);
	t = sched_turn(w.sched, now);
	assert_int_equal(spawned(t, &act), 0);
	assert_int_equal(t->wake_us, w.conf.breaker.reset_us);
	t = sched_turn(w.sched, now = t->wake_us - 1);
	assert_int_equal(spawned(t, &act), 0);
	for (int probe = 0; probe < 2; probe++) {
		t = sched_turn(w.sched, now += MINUTE);
		assert_int_equal(spawned(t, &act), 1);
		t = sched_turn(w.sched, now);
		assert_int_equal(spawned(t, &act), 0);
		sched_event(w.sched, &(struct sched_event){ .kind = EVENT_ENDED, .issue = act.issue,
							    .role = act.role, .n = act.n,
							    .outcome = { .usage = USAGE_NONE } });
	}
	t = sched_turn(w.sched, now);
	/* closed; but the run goes on one at a time (F001-04) */
	assert_int_equal(spawned(t, &act), 1);
	assert_int_equal(t->notes.n > 0, 1);
	world_close(&w);
}

/* Never started is not tried: the next attempt has a new number, and no limit is nearer. */
static void not_started_does_not_count(void **state)
{
	const struct sched_turn *t;
	struct sched_act act;
	struct world w;

	(void)state;
	world_open(&w, "1", "reviews=0", "", NULL);
	answer_all(w.sched, sched_turn(w.sched, 0), EVENT_NOT_STARTED);
	t = sched_turn(w.sched, 0);
	assert_int_equal(spawned(t, &act), 0);
	assert_false(t->done);
	t = sched_turn(w.sched, t->wake_us);
	assert_int_equal(spawned(t, &act), 1);
	assert_int_equal(act.n, 2);
	assert_int_equal(sched_work(w.sched, 0)->ncount, 0);
	assert_string_equal(work_attempt_get(sched_work(w.sched, 0), "impl", 1)->outcome,
			    "cancelled");
	world_close(&w);
}

/* F001-54: each time-out in a row gives the next attempt of that role more time. */
static void more_time(void **state)
{
	const struct sched_turn *t;
	struct sched_act act = { 0 };
	struct world w;
	int64_t now = 0;

	(void)state;
	world_open(&w, "1", "reviews=1", "", NULL);
	for (int k = 0; k < 3; k++) {
		t = sched_turn(w.sched, now);
		assert_int_equal(spawned(t, &act), 1);
		assert_int_equal(act.timeouts, k);
		sched_event(w.sched, &(struct sched_event){ .kind = EVENT_ENDED, .role = ROLE_IMPL,
							    .n = act.n,
							    .outcome =
							    { .kind = k < 2 ? OUT_TIMEOUT :
							      OUT_PASS } });
		t = sched_turn(w.sched, now);
		sched_event(w.sched, &(struct sched_event){ .kind = EVENT_COLLECTED,
							    .collected = { .progress = true } });
		t = sched_turn(w.sched, now);
		now = t->wake_us ? t->wake_us : now;
	}
	assert_int_equal(spawned(t, &act), 1);
	assert_int_equal(act.role, ROLE_SPEC);
	assert_int_equal(act.timeouts, 0);
	world_close(&w);
}

/* The end of an attempt that is told twice, or of one that never was, changes nothing. */
static void told_twice(void **state)
{
	struct sched_event ev = { .kind = EVENT_ENDED, .role = ROLE_IMPL, .n = 1,
				  .outcome = { .kind = OUT_FAIL } };
	const struct sched_turn *t;
	struct world w;

	(void)state;
	world_open(&w, "1", "reviews=0", "", NULL);
	sched_turn(w.sched, 0);
	sched_event(w.sched, &ev);
	sched_event(w.sched, &ev);
	ev.n = 7;
	sched_event(w.sched, &ev);
	t = sched_turn(w.sched, 0);
	assert_int_equal(t->acts.n, 1);
	assert_int_equal(t->acts.v[0].kind, ACT_COLLECT);
	assert_int_equal(sched_turn(w.sched, 0)->acts.n, 0);
	world_close(&w);
}

static size_t add(struct world *w, const char *line)
{
	world_item(w, line);
	return sched_add(w->sched, &w->item[w->n - 1]);
}

/* F002-25: issues join a run; one that would close a cycle is left out, and the rest goes on. */
static void added_while_running(void **state)
{
	const struct sched_turn *t;
	struct sched_act act;
	struct world w;
	struct err e = ERR_INIT;

	(void)state;
	world_open(&w, "1", "reviews=0", "", NULL);
	sched_turn(w.sched, 0);
	add(&w, "2 needs=3");
	add(&w, "3 needs=2");
	assert_int_equal(sched_link(w.sched, &e), ERR_REFUSED);
	t = sched_turn(w.sched, 0);
	assert_int_equal(spawned(t, &act), 0);
	add(&w, "4");
	sched_link(w.sched, NULL);
	t = sched_turn(w.sched, 0);
	assert_int_equal(spawned(t, &act), 1);
	assert_int_equal(act.issue, 3);
	world_close(&w);
}

/* Somebody else closes a blocker. */
static void closed_by_others(void **state)
{
	struct sched_act act;
	struct world w;

	(void)state;
	world_open(&w, "1 held; 2 needs=1", "reviews=0", "", NULL);
	assert_true(sched_turn(w.sched, 0)->done);
	assert_int_equal(sched_exit_code(w.sched), 4);
	sched_set_closed(w.sched, 0);
	assert_int_equal(spawned(sched_turn(w.sched, 0), &act), 1);
	assert_int_equal(act.issue, 1);
	world_close(&w);
}

/* B27: a person's retry has fresh limits and a new attempt number. */
static void answered(void **state)
{
	struct sched_act act;
	struct sched_state st;
	struct world w;

	(void)state;
	world_open(&w, "1", "reviews=0", "1:impl=fail,fail", NULL);
	world_run(&w);
	sched_state(w.sched, 0, &st);
	assert_int_equal(st.stage, STAGE_FAILED);
	assert_string_equal(st.reason, "failed 2 times: ");
	w.item[0].work = sched_work(w.sched, 0);
	{
		struct work copy = *sched_work(w.sched, 0);

		copy.stage = "";
		w.item[0].work = &copy;
		sched_reopen(w.sched, 0, &w.item[0]);
	}
	assert_int_equal(spawned(sched_turn(w.sched, w.end_us), &act), 1);
	assert_int_equal(act.n, 3);
	assert_int_equal(work_count_get(sched_work(w.sched, 0), "fail"), 0);
	world_close(&w);
}

/* What the next prompt gets to know, and what people are told. */
static void words(void **state)
{
	struct sched_act act;
	const struct sched_turn *t;
	struct world w;

	(void)state;
	world_open(&w, "1", "reviews=0", "", NULL);
	sched_turn(w.sched, 0);
	sched_event(w.sched, &(struct sched_event){ .kind = EVENT_ENDED, .role = ROLE_IMPL, .n = 1,
			       .outcome = { .kind = OUT_NEEDS_CONTEXT,
					    .text = "where is the parser?" } });
	t = sched_turn(w.sched, 0);
	assert_int_equal(spawned(t, &act), 1);
	assert_string_equal(act.feedback, "where is the parser?");
	assert_string_equal(act.why, "context");
	sched_event(w.sched, &(struct sched_event){ .kind = EVENT_ENDED, .role = ROLE_IMPL, .n = 2,
			       .outcome = { .kind = OUT_BLOCKED,
					    .text = "this task is too large" } });
	t = sched_turn(w.sched, 0);
	assert_int_equal(t->changes.v[0].kind, CHANGE_BLOCK);
	assert_string_equal(t->changes.v[0].label, "needs-human");
	assert_non_null(strstr(t->changes.v[0].text, "this task is too large"));
	assert_non_null(strstr(t->changes.v[0].text,
			       "Break task into sub-issues / Revise plan / Take over manually"));
	assert_non_null(strstr(t->changes.v[0].text, "- impl 1: blocked"));
	world_close(&w);
}

/* Always aggregate: an attempt of its own, in no time and without tokens; what was not reported
 * is not 0. */
static void aggregation_is_recorded(void **state)
{
	const struct work_attempt *a;
	struct world w;

	(void)state;
	world_open(&w, "1", "reviews=3", "", NULL);
	world_run(&w);
	a = work_attempt_get(sched_work(w.sched, 0), "agg", 1);
	assert_non_null(a);
	assert_string_equal(a->verdict, "YES");
	assert_int_equal(a->usage.total_tokens, 0);
	assert_int_equal(a->ms, 0);
	world_close(&w);
	world_open(&w, "1", "reviews=3 fastpath", "", NULL);
	world_run(&w);
	assert_null(work_attempt_get(sched_work(w.sched, 0), "agg", 1));
	world_close(&w);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(dead_executor), cmocka_unit_test(breaker_closes),
		cmocka_unit_test(not_started_does_not_count), cmocka_unit_test(more_time),
		cmocka_unit_test(told_twice), cmocka_unit_test(added_while_running),
		cmocka_unit_test(closed_by_others), cmocka_unit_test(answered),
		cmocka_unit_test(words), cmocka_unit_test(aggregation_is_recorded),
	};
	struct CMUnitTest t[COUNT(rows) + COUNT(resumes) + COUNT(plain)] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		t[n++] = (struct CMUnitTest){ rows[i].what, check_row, NULL, NULL, &rows[i] };
	for (size_t i = 0; i < COUNT(resumes); i++)
		t[n++] = (struct CMUnitTest){ resumes[i].what, check_resume, NULL, NULL,
					      &resumes[i] };
	for (size_t i = 0; i < COUNT(plain); i++)
		t[n++] = plain[i];
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
