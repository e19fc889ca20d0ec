"""Is a new pruning method correct, and is it better than the known ones?"""
