"""The action ids by which Slack says what was clicked."""

PREVIEW_POST = "preview_post"
PREVIEW_SHUFFLE = "preview_shuffle"
PREVIEW_DISCARD = "preview_discard"
MESSAGE_REMOVE = "message_remove"

CONSENT_ASK = "consent_ask"
CONSENT_AGREE = "consent_agree"
CONSENT_NOT_NOW = "consent_not_now"
CONSENT_NEVER = "consent_never"
CONSENT_OPTOUT = "consent_optout"

HOME_OPTIN = "home_optin"
HOME_PAUSE = "home_pause"
HOME_RESUME = "home_resume"
HOME_LEAVE = "home_leave"

ADMIN_REFRESH = "admin_refresh"
ADMIN_TRAIN = "admin_train"
ADMIN_SCHEDULE = "admin_schedule"
ADMIN_CANCEL = "admin_cancel"
ADMIN_ROLLBACK = "admin_rollback"
