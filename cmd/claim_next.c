/* cmd/claim_next.c - the first ready issue for whoever asks: close --claim-next */
#include "cmd/close.h"
#include "cmd/cmd.h"
#include "cmd/write.h"
#include "core/query.h"
#include "core/settings.h"
#include "store/issue.h"
#include "store/view.h"

int close_claim_next(struct ctx *c, const struct issue **out)
{
	const struct vocab vocab = settings_vocab(cmd_settings(c));
	struct board_list list = { 0 };
	struct board board;
	struct query q;
	struct write w;
	int rc = write_begin(c, &w);

	*out = NULL;
	if (rc < 0)
		return rc;
	query_init(&q);
	q.ready = true;
	board_init_view(&board, w.v, &vocab, w.life.now_us);
	rc = query_prepare(&q, &board, &c->err);
	if (rc == 0) {
		query_run(&q, &board, &list);
		query_order(&board, &list, SORT_DEFAULT, false);
	}
	/* somebody else's are refused by the claim: go on to the next */
	for (size_t i = 0; rc == 0 && !*out && i < list.n; i++) {
		const char *id = board.is[list.v[i]]->id;

		if (life_claim(&w.life, id, NULL) == 0)
			*out = write_result(c, &w, id);
	}
	query_release(&q);
	board_release(&board);
	vec_free(&list);
	if (rc < 0 || !*out)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "claim %s", (*out)->id)) == 0)
		cmd_touch(c, (*out)->id);
	return rc;
}
