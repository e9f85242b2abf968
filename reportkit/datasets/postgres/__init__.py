"""What only PostgreSQL can do: write records itself (COPY), and give Arrow without a detour through Python (ADBC).

`source` chooses; `spelling` says in SQL what the writers say in Arrow, and the same contract tests hold both.
"""
