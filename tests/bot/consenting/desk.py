"""What people say of themselves, with a real store and Slack's Web API as the fake has it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from bot.consenting import Consenting
from bot.session import Session
from bot.slack import Slack
from storage.ingestion import IngestPolicy, RawMessage
from storage.schema import audit
from tests.fake_slack import GENERAL, TEAM, FakeSlack


class Host:
    """Stands in for `Joining`: notes the yes, and who is welcomed."""

    def __init__(self, session: Session, *, has_work: bool = True) -> None:
        self.store, self.has_work, self.welcomed = session.store, has_work, []

    def agree(self, user_id: str) -> bool:
        member = self.store.members.ensure(user_id, team_id=TEAM).id
        self.store.consent.grant([member], actor="subject", by_subject=True)
        self.welcomed.append(user_id)
        return self.has_work


class Desk:
    """Everything at hand."""

    def __init__(self, session: Session, fake: FakeSlack) -> None:
        self.session, self.store, self.fake = session, session.store, fake
        self.host = Host(session)
        slack = Slack(fake.client())
        self.consenting = Consenting(session, slack, self.host)
        self.store.members.register(fake.workspace.users.values(), team_id=TEAM)
        self.store.channels.register(
            [{"id": GENERAL, "name": "general"}], team_id=TEAM, kind="public"
        )

    def member(self, user_id: str) -> int:
        return self.store.members.ensure(user_id, team_id=TEAM).id

    def state(self, user_id: str):
        row = self.store.consent.get(self.member(user_id))
        return row.state, row.by_subject

    def set(self, user_id: str, state: str, *, by_subject: bool = False) -> None:
        actor = "subject" if by_subject else "operator"
        self.store.consent.set(self.member(user_id), state, actor=actor, by_subject=by_subject)

    def write(self, user_id: str, count: int) -> None:
        self.store.ingest(
            [
                RawMessage(
                    GENERAL,
                    {
                        "type": "message",
                        "user": user_id,
                        "text": f"word {number}",
                        "ts": f"{1_700_000_000 + number}.000100",
                    },
                )
                for number in range(count)
            ],
            policy=IngestPolicy(team_id=TEAM),
        )

    def read_for(self, user_id: str) -> None:
        """Let all that somebody wrote have been read."""
        members, until = [self.member(user_id)], "1700000000.000000"
        crawl = self.store.crawls.begin(members=members, since_ts="", until_ts=until)
        self.store.crawls.finish(crawl.id)

    def note(self, event: str, subject: str, *, by: str, channel: int = 0, days_ago: float = 0):
        row = {"member": self.member(subject), "event": event}
        row["details"] = {"by": self.member(by), "channel": channel}
        row["at"] = datetime.now(UTC) - timedelta(days=days_ago)
        with self.store._database.writing() as connection:
            connection.execute(insert(audit).values(row))


def words(message) -> str:
    return message["text"] + str(message["blocks"])
