"""Asking a teacher: one question of a ticket, from the prompt to the answer that is saved, at the pace and within the limits of the run.

`asker` keeps the promises; `protocols` says what it knows its neighbours by. When a call is tried again is said in `retry`, how fast a
teacher is asked in `pace` and `slots`, what may be spent in `limits`, and whether the run goes on at all in `halt`.
"""
