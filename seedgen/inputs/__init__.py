"""What people bring: seed tasks, evaluation files, and where the ones that come with seedgen lie."""
