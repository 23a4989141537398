"""What can be told of a text without asking anybody: words, verb and noun, language, kind. English, where it is about grammar."""
