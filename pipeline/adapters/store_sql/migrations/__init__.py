"""The tables' history. Forward only: the way back is the backup made before each upgrade."""
