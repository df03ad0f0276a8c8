"""Reading and writing word vectors, and finding a word's nearest neighbours.

`vectors_txt` and `nearest` need numpy alone; `readers` imports gensim when it is asked for its objects.
"""
