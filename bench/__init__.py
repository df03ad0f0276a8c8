"""Side-by-side measurements: the trainer's own engine against gensim, fastText and whatever else is given.

`python -m bench --help`, or `make bench`. Nothing of it is imported by the product.
"""
