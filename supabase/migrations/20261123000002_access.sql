-- Who may read what. Nobody but the functions of this project writes: users and the service only select.
--
-- A hosted project grants everything on new tables and sequences of "public" to the roles of its API, so
-- what is not meant is taken back by name.

alter table public.sessions enable row level security;
alter table public.nodes enable row level security;
alter table public.head_history enable row level security;
alter table public.tasks enable row level security;

revoke all on public.sessions, public.nodes, public.head_history, public.tasks
  from public, anon, authenticated, service_role;
revoke all on sequence public.sessions_seq_seq, public.nodes_seq_seq, public.tasks_seq_seq
  from public, anon, authenticated, service_role;

grant select on public.sessions, public.nodes, public.head_history, public.tasks
  to authenticated, service_role;

-- "(select …)" asks for the user once a query rather than once a row.
create policy own_rows_are_read on public.sessions
  for select to authenticated using (owner = (select auth.uid()));
create policy own_rows_are_read on public.nodes
  for select to authenticated using (owner = (select auth.uid()));
create policy own_rows_are_read on public.head_history
  for select to authenticated using (owner = (select auth.uid()));
create policy own_rows_are_read on public.tasks
  for select to authenticated using (owner = (select auth.uid()));
