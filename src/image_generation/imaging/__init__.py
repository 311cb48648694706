"""What is in the file of a picture: its parts, what they tell, and its pixels."""
