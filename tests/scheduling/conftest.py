"""A real mail server for the tests of this room."""

from tests.messages.sink import sink as sink
