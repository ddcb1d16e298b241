"""People, what they may do, the tokens they hand to programs, and the history of every act."""
