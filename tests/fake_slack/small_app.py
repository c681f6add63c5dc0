"""A small Bolt app for the fake's own tests: it says "one", then "two", then goes away."""

from slack_bolt import App


def button(action_id, value="v"):
    text = {"type": "plain_text", "text": action_id}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def preview(text):
    return {
        "text": text,
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": text}},
            {"type": "actions", "elements": [button("again"), button("away")]},
        ],
    }


def build_app(slack) -> App:
    """Build the app; its `heard` are the messages it was told of."""
    app = App(
        client=slack.client(),
        signing_secret=slack.signing_secret,
        token_verification_enabled=False,
    )
    app.heard = []

    @app.command("/mimic")
    def draw(ack, respond, command):
        if command["text"] == "help":
            return ack(text="Say a number.")
        ack()
        for _ in range(int(command["text"])):
            respond(**preview("one"))
        return None

    @app.action("again")
    def draw_again(ack, respond):
        ack()
        respond(**preview("two"), replace_original=True)

    @app.action("away")
    def discard(ack, respond, body):
        ack()
        more = {"text": "Gone."} if body["actions"][0]["value"] == "clumsy" else {}
        respond(delete_original=True, **more)

    @app.event("message")
    def hear(event):
        app.heard.append(event)

    return app
