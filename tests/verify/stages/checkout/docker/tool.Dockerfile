FROM a AS tool
COPPY x /x
