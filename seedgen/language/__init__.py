"""What can be told of a text without asking anybody: its words, its verb and noun, its language, its kind. English, where it is about grammar."""
