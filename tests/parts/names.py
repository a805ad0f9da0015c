"""A small name server on the loopback that knows the TXT records that a test gives it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from dns.flags import AA
from dns.message import Message, from_wire, make_response
from dns.rcode import NXDOMAIN
from dns.rrset import from_text


@dataclass
class NameServer:
    """The zone of everybody.

    Attributes:
        address: as `DNS_SERVER` has it.
        texts: TXT records by name; any other name does not exist.
        is_silent: whether questions get no answer.
    """

    address: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    is_silent: bool = False

    def answer(self, question: Message) -> Message:
        """What it says to a question."""
        said = make_response(question)
        said.flags |= AA
        name = question.question[0].name
        texts = self.texts.get(name.to_text(omit_final_dot=True))
        if texts is None:
            said.set_rcode(NXDOMAIN)
        else:
            quoted = [f'"{text}"' for text in texts]
            said.answer.append(from_text(name, 60, "IN", "TXT", *quoted))
        return said


@contextmanager
def name_server() -> Iterator[NameServer]:
    """One that answers until the end of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        found = NameServer("{}:{}".format(*listener.getsockname()))
        thread = Thread(target=_serve, args=(listener, found), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            # An empty datagram is no question.
            listener.sendto(b"", listener.getsockname())
            thread.join()


def _serve(listener: socket.socket, server: NameServer) -> None:
    while True:
        wire, sender = listener.recvfrom(512)
        if not wire:
            return
        if not server.is_silent:
            listener.sendto(server.answer(from_wire(wire)).to_wire(), sender)
