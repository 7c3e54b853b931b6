"""process: poll → steps → transaction. The topology is `topology.STEPS`; `worker` keeps it going."""
