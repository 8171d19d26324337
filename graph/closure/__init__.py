"""The closure under OWL 2 RL: what the ontology entails from facts and periods."""
