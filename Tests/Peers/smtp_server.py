#!/usr/bin/env python3
"""A mail server by aiosmtpd for tests: prints its port, then each mail as a line of JSON, until a line comes on its stdin.

What becomes of a mail is in its recipient: nobody@ is refused, later@ is put off, spam@ and full@ are refused after the data, drop@ ends the
connection after the data. The user "ops" with the password "pass:w@rd/1" may log in; "--login" makes that a condition.
"""

import json
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

REPLIES = {"nobody": "550 5.1.1 no such user", "later": "451 4.3.0 try again later"}
AFTER_DATA = {"spam": "554 5.7.1 refused", "full": "452 4.2.2 mailbox full"}


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = REPLIES.get(address.split("@")[0])
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        names = {address.split("@")[0] for address in envelope.rcpt_tos}
        if "drop" in names:
            server.transport.abort()
            return "250 never seen"
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name,
            "user": session.auth_data.decode() if session.auth_data else None,
            "data": envelope.original_content.decode("ascii"),
        }), flush=True)
        return next((AFTER_DATA[name] for name in names if name in AFTER_DATA), "250 taken")


def authenticate(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (b"ops", b"pass:w@rd/1")
    return AuthResult(success=is_right, handled=is_right, auth_data=data.login)


class LocalController(Controller):
    """On a port of the system's choice, of which the base class knows nothing."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


controller = LocalController(
    Mailbox(), hostname="127.0.0.1", port=0, authenticator=authenticate, auth_require_tls=False,
    auth_required="--login" in sys.argv)
controller.start()
print(controller.port, flush=True)
sys.stdin.readline()
controller.stop()
