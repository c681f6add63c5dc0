"""Trials of the backfill: many workspaces, a Slack that fails in many ways, and one right outcome.

```
python -m tests.soak --trials 300       # or `--seed 17` for one of them alone
```
"""
