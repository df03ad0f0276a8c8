"""Stock clients of AWS against the local cloud, each as people install it, in an environment of its own."""
