"""`python -m tests.soak`: many trials, and what they came to."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

from tests.soak.killing import KillTrial
from tests.soak.runs import run_trial
from tests.soak.trial import Outcome, Trial

AT_ONCE = 6  # trials with processes of their own: these mostly wait for Slack's pace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run trials; the exit code says whether all of them came out right."""
    chosen = _parse(arguments)
    seeds = range(chosen.seed, chosen.seed + chosen.trials)
    number = chosen.kills if chosen.kills >= 0 else chosen.trials // 10
    started = time.perf_counter()
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(chosen.workers, mp_context=spawn) as workers,
        ThreadPoolExecutor(AT_ONCE) as waiters,
    ):
        tasks = _submit(waiters, KillTrial, seeds[:number])
        tasks += _submit(workers, Trial, seeds[number:])
        outcomes = [_show_failure(task.result()) for task in tasks]
    _show(outcomes, time.perf_counter() - started)
    return 1 if any(outcome.failure for outcome in outcomes) else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--trials", type=int, default=300, help="how many in all (300)")
    parser.add_argument("--kills", type=int, default=-1, help="how many with killed processes")
    parser.add_argument("--seed", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--workers", type=int, default=2, help="processes for all others (2)")
    return parser.parse_args(arguments)


def _submit(
    pool: Executor, kind: type[Trial] | type[KillTrial], seeds: Iterable[int]
) -> list[Future[Outcome]]:
    return [pool.submit(run_trial, kind, seed) for seed in seeds]


def _show_failure(outcome: Outcome) -> Outcome:
    if outcome.failure:
        sys.stderr.write(f"seed {outcome.seed} ({outcome.kind}): {outcome.failure}\n")
    return outcome


def _show(outcomes: Sequence[Outcome], seconds: float) -> None:
    faults = sum((outcome.faults for outcome in outcomes), Counter[str]())
    failed = sum(bool(outcome.failure) for outcome in outcomes)
    lines = {
        "trials": len(outcomes),
        "failed": failed,
        "runs": sum(outcome.runs for outcome in outcomes),
        "kills": sum(outcome.kills for outcome in outcomes),
        "requests": sum(outcome.requests for outcome in outcomes),
        "faults": faults.total(),
        **{f"  {kind}": number for kind, number in faults.most_common()},
        "seconds": round(seconds),
        "seconds, longest": round(max(outcome.seconds for outcome in outcomes), 1),
    }
    sys.stdout.writelines(f"{name:<18}{value:>9,}\n" for name, value in lines.items())


if __name__ == "__main__":
    sys.exit(main())
