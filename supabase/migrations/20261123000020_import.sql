-- Sessions that were made in another store: read as they are copied, and taken in. What a user gives here has
-- not come by a task, so nothing of it is believed: each node, and each block that it names, must be of the
-- caller's own session.

create function public.session_state(p_session uuid) returns json
language sql stable security invoker set search_path = ''
as $$
  select json_build_object(
    'session', session,
    'history', (
      select coalesce(json_agg(node_id order by position), '[]')
      from public.head_history where session_id = session.id
    ),
    'busy', exists (select from public.tasks where session_id = session.id and finished_at is null)
  )
  from public.sessions as session where id = p_session
$$;
comment on function public.session_state is
  'A session and where its head has been, as of one moment; null where it is not there';

create function public.import_session(p_session json, p_nodes json, p_before json) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  session public.sessions := workbench.session_to_import(p_session, p_before, workbench.caller());
  node json;
begin
  if json_typeof(p_nodes) is distinct from 'array' then
    perform workbench.refuse(400, 'invalid_parameter', 'The nodes are not an array');
  end if;
  for node in select value from json_array_elements(p_nodes) with ordinality as given (value, place) order by place
  loop
    perform workbench.import_node(node, session);
  end loop;
  if not workbench.is_at(session, p_session) then
    perform workbench.set_place(session, p_session);
  end if;
  return public.session_state(session.id);
end $$;
comment on function public.import_session is
  'Take in a session that was made elsewhere, or a part of it: nodes, then datasets and head. p_session: id, name, datasets, history, position, created_at, updated_at; p_before: the last four but for the times, as the caller saw them, or null';

create function workbench.session_to_import(p_session json, p_before json, p_owner uuid) returns public.sessions
language plpgsql set search_path = ''
as $$
declare
  session public.sessions;
  is_new boolean;
begin
  insert into public.sessions (id, owner, name, created_at, updated_at)
  values (
    workbench.to_uuid(p_session ->> 'id'), p_owner, p_session ->> 'name',
    (p_session ->> 'created_at')::timestamptz, (p_session ->> 'updated_at')::timestamptz
  ) on conflict do nothing;  -- also with (id, owner), which is unique as well
  is_new := found;
  select * into session from public.sessions
  where id = workbench.to_uuid(p_session ->> 'id') and owner = p_owner for no key update;
  if session.id is null then
    perform workbench.refuse(409, 'session_taken', 'The id of the session is taken');
  elsif is_new and json_typeof(p_before) <> 'null'
    or not is_new and not workbench.is_at(session, p_before) and not workbench.is_at(session, p_session)
  then
    perform workbench.refuse(409, 'session_went_on', 'The session went on meanwhile');
  end if;
  return session;
end $$;
comment on function workbench.session_to_import is
  'The owner''s session, locked; made where it is not there, refused where it is not as the caller saw it';

create function workbench.is_at(p_session public.sessions, p_state json) returns boolean
language sql stable set search_path = ''
as $$
  select coalesce(
    p_session.head_at = (p_state ->> 'position')::integer
    and p_session.datasets::jsonb = (p_state -> 'datasets')::jsonb
    and (public.session_state(p_session.id) -> 'history')::jsonb = (p_state -> 'history')::jsonb,
    false
  )
$$;
comment on function workbench.is_at is 'Whether datasets, head and its history are what a state says';

create function workbench.import_node(p_node json, p_session public.sessions) returns void
language plpgsql set search_path = ''
as $$
begin
  perform workbench.check_import(p_node, p_session);
  insert into public.nodes (id, session_id, owner, parent, fingerprint, record)
  values (
    workbench.to_uuid(p_node ->> 'id'), p_session.id, p_session.owner,
    workbench.to_uuid(p_node -> 'parents' ->> 0), p_node ->> 'fingerprint', p_node
  ) on conflict do nothing;
  if found or exists (
    select from public.nodes
    where id = workbench.to_uuid(p_node ->> 'id') and session_id = p_session.id
      and fingerprint = p_node ->> 'fingerprint'
  ) then
    return;
  elsif exists (select from public.nodes where id = workbench.to_uuid(p_node ->> 'id')) then
    perform workbench.refuse(409, 'session_taken', 'The id of a node is taken');
  end if;
  perform workbench.refuse(409, 'session_went_on', 'The session went on meanwhile');
end $$;
comment on function workbench.import_node is
  'Add a node, unless it is there; one that is there under another id was made there meanwhile';

create function workbench.check_import(p_node json, p_session public.sessions) returns void
language plpgsql set search_path = ''
as $$
begin
  if json_typeof(p_node) is distinct from 'object'
    or workbench.to_uuid(p_node ->> 'id') is null
    or p_node ->> 'fingerprint' is null
    or (p_node ->> 'session_id', p_node ->> 'owner')
      is distinct from (p_session.id::text, p_session.owner::text)
  then
    perform workbench.refuse(400, 'invalid_parameter', 'A node is of another session');
  elsif json_typeof(p_node -> 'manifest' -> 'columns') is distinct from 'array'
    or json_typeof(p_node -> 'parents') is distinct from 'array'
  then
    perform workbench.refuse(400, 'invalid_parameter', 'A node lacks its parents or its columns');
  elsif exists (
    select from json_array_elements_text(p_node -> 'parents') as parent
    where not workbench.is_node_of(workbench.to_uuid(parent.value), p_session.id)
  ) then
    perform workbench.refuse(400, 'invalid_parameter', 'A parent of a node is not of the session');
  elsif workbench.has_twice(p_node) or workbench.has_twice(p_node -> 'manifest') then
    perform workbench.refuse(400, 'invalid_parameter', 'A node says something twice');
  elsif exists (
    select from json_array_elements(p_node -> 'manifest' -> 'columns') as held
    where workbench.has_twice(held.value) or not workbench.is_block(held.value ->> 'block', p_session)
      or held.value ->> 'selection' is not null and not workbench.is_block(held.value ->> 'selection', p_session)
  ) then
    perform workbench.refuse(400, 'invalid_parameter', 'A block of a node is not of the session');
  end if;
end $$;
comment on function workbench.check_import is
  'Refuse a node that is not of the session, or would read what is not';

create function workbench.has_twice(p_object json) returns boolean
language sql immutable set search_path = ''
as $$
  select exists (select from json_object_keys(p_object) as member (key) group by key having count(*) > 1)
$$;
comment on function workbench.has_twice is
  'Whether a member of an object is there twice, so that two readers could take different ones for it';

create function workbench.is_block(p_key text, p_session public.sessions) returns boolean
language sql immutable set search_path = ''
as $$
  -- Workers read it past row-level security, so it is one plain name below the prefix: nothing to climb out by.
  select coalesce(
    starts_with(p_key, prefix) and substr(p_key, length(prefix) + 1) ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]*$', false
  )
  from (select p_session.owner || '/' || p_session.id || '/blocks/') as below (prefix)
$$;
comment on function workbench.is_block is 'Whether a blob''s key is that of a block of the session';

create function workbench.set_place(p_session public.sessions, p_state json) returns void
language plpgsql set search_path = ''
as $$
declare
  history uuid[];
  place integer := (p_state ->> 'position')::integer;
begin
  perform workbench.check_place(p_session, p_state);
  history := array(
    select workbench.to_uuid(value)
    from json_array_elements_text(p_state -> 'history') with ordinality as given (value, place) order by given.place
  );
  delete from public.head_history where session_id = p_session.id;
  insert into public.head_history (owner, session_id, position, node_id)
  select p_session.owner, p_session.id, given.place, given.node_id
  from unnest(history) with ordinality as given (node_id, place);
  update public.sessions
  set datasets = p_state -> 'datasets', head = history[place], head_at = place, head_end = cardinality(history),
    updated_at = (p_state ->> 'updated_at')::timestamptz
  where id = p_session.id;
end $$;
comment on function workbench.set_place is 'Give a session datasets, a head and its history';

create function workbench.check_place(p_session public.sessions, p_state json) returns void
language plpgsql set search_path = ''
as $$
declare
  place integer := (p_state ->> 'position')::integer;
  now_at json := public.session_state(p_session.id);
begin
  if json_typeof(p_state -> 'history') is distinct from 'array'
    or json_typeof(p_state -> 'datasets') is distinct from 'object'
    or coalesce(place not between least(json_array_length(p_state -> 'history'), 1)
      and json_array_length(p_state -> 'history'), true)
  then
    perform workbench.refuse(400, 'invalid_parameter', 'The head is not in its history');
  elsif exists (
    select from (
      select value from json_array_elements_text(p_state -> 'history')
      union all
      select value from json_each_text(p_state -> 'datasets')
    ) as named
    where not workbench.is_node_of(workbench.to_uuid(named.value), p_session.id)
  ) then
    perform workbench.refuse(400, 'invalid_parameter', 'The history or a dataset names a node that is not of the session');
  elsif (now_at ->> 'busy')::boolean
    and (p_session.head_at <> place or (now_at -> 'history')::jsonb <> (p_state -> 'history')::jsonb)
  then
    perform workbench.refuse(409, 'session_busy', 'Commands of the session are waiting or running');
  end if;
end $$;
comment on function workbench.check_place is
  'Refuse a head, a history or datasets that are not of the session, and a move of the head under running commands';

revoke all on all functions in schema workbench from public;
revoke all on function public.session_state, public.import_session
  from public, anon, authenticated, service_role;
grant execute on function public.session_state to authenticated, service_role;
grant execute on function public.import_session to authenticated;
