"""Reading and writing word vectors, and finding a word's nearest neighbours.

Numpy alone is needed, but for writing text (numba), and for gensim's own objects (gensim).
"""
