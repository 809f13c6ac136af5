"""The commands of the `soleus` program, one a file: options as a dataclass, and a function that does the work."""
