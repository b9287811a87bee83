"""A rule said no: the sentence a person at the desk reads, and the status a browser gets."""


class Refused(Exception):
    """Raised by a verb before anything is saved. 409 for a clash with other rows, 422 for what was typed.

    `fields` ties sentences to form fields where the rule is about one.
    """

    def __init__(self, sentence: str, *, status: int = 409, **fields: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.fields = fields
