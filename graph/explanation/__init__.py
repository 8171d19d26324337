"""Why a triple holds, down to sourced acts, and why another does not follow."""
