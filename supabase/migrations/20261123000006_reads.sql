-- Reads that are more than a select of rows. Row-level security decides what they find.

create function public.node_path(p_node uuid) returns json
language sql stable security invoker set search_path = ''
as $$
  with recursive path (id, parent, distance) as (
    select id, parent, 0 from public.nodes where id = p_node
    union all
    select node.id, node.parent, distance + 1 from path join public.nodes as node on node.id = path.parent
  )
  select coalesce(json_agg(node.record order by path.distance desc), '[]')
  from path join public.nodes as node using (id)
$$;
comment on function public.node_path is
  'The records from the source to a node along first parents, its own last; none where it is not there';

create function public.schema_version() returns integer
language sql immutable security invoker set search_path = ''
as $$ select 1 $$;
comment on function public.schema_version is 'Which version of these tables and functions a workbench finds';

revoke all on function public.node_path, public.schema_version from public, anon, authenticated, service_role;
grant execute on function public.node_path to authenticated, service_role;
grant execute on function public.schema_version to anon, authenticated, service_role;
