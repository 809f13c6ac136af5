"""Other programs' interfaces to the tasks of Soleus."""
