"""What is particular to Persian writing: spelling variants, sentences, number words."""
