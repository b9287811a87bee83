"""What asks for a person besides single answers: scores that rise, and what people tell or see."""
