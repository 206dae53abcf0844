"""Papers: what a weekly brief, a bulletin, a ranking and an assessment say, and in which form."""
