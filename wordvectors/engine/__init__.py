"""What learns: the kernel, the modes, the vocabulary, and the memory they take."""
