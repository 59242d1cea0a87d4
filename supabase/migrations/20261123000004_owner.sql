-- What a user may do. Each function acts for the user of the token and nobody else; what belongs to another
-- user is as if it were not there. Repeating a call has the same effect and the same answer.

create function public.create_session(p_id uuid, p_name text) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := workbench.caller();
  moment timestamptz := workbench.now();
  session public.sessions;
begin
  insert into public.sessions (id, owner, name, created_at, updated_at)
  values (p_id, caller, p_name, moment, moment) on conflict do nothing;  -- nor of (id, owner)
  select * into session from public.sessions where id = p_id and owner = caller;
  if session.id is null then
    perform workbench.refuse(400, 'invalid_parameter', 'The id of the session is taken');
  end if;
  return to_json(session);
end $$;
comment on function public.create_session is 'Make an empty session, under an id that the caller has made';

create function public.rename_session(p_id uuid, p_name text) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  session public.sessions := workbench.lock_session(p_id, workbench.caller());
begin
  update public.sessions set name = p_name, updated_at = workbench.now()
  where id = session.id returning * into session;
  return to_json(session);
end $$;
comment on function public.rename_session is 'Give a session another name';

create function public.delete_session(p_id uuid) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  session public.sessions := workbench.lock_session(p_id, workbench.caller());
begin
  delete from public.sessions where id = session.id;
  return json_build_object('deleted', true);
end $$;
comment on function public.delete_session is
  'Delete a session with its nodes and tasks; its blobs are the caller''s to delete, afterwards';

create function public.move_head(p_session uuid, p_move text, p_node uuid, p_request uuid) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  session public.sessions := workbench.lock_session(p_session, workbench.caller());
  moment timestamptz := workbench.now();
begin
  if session.last_move = p_request then
    return to_json(session);
  end if;
  perform workbench.check_move(session, p_move, p_node);
  if p_move = 'checkout' then
    perform workbench.advance_head(session, p_node, moment);
  else
    perform workbench.walk_head(session, case p_move when 'undo' then -1 else 1 end, moment);
  end if;
  update public.sessions set last_move = p_request where id = session.id returning * into session;
  return to_json(session);
end $$;
comment on function public.move_head is
  'Move the head: checkout to a node, undo to where it was before, redo to take back an undo';

create function workbench.check_move(p_session public.sessions, p_move text, p_node uuid) returns void
language plpgsql set search_path = ''
as $$
begin
  if p_move = 'checkout' and p_node is null then
    perform workbench.refuse(400, 'invalid_parameter', 'A checkout needs a node');
  elsif p_move = 'checkout' and not workbench.is_node_of(p_node, p_session.id) then
    perform workbench.refuse(404, 'node_not_found', 'There is no such node in the session');
  elsif p_move is null or p_move not in ('checkout', 'undo', 'redo') then
    perform workbench.refuse(400, 'invalid_parameter', 'The head is moved by checkout, undo or redo');
  elsif workbench.has_open_task(p_session.id) then
    perform workbench.refuse(409, 'session_busy', 'Commands of the session are waiting or running');
  elsif p_move = 'undo' and not p_session.can_undo then
    perform workbench.refuse(409, 'nothing_to_undo', 'The head is where the session began');
  elsif p_move = 'redo' and not p_session.can_redo then
    perform workbench.refuse(409, 'nothing_to_redo', 'Nothing was undone since the head was last moved');
  end if;
end $$;
comment on function workbench.check_move is 'Refuse a move of the head that is not possible, or not now';

create function workbench.walk_head(p_session public.sessions, p_step integer, p_now timestamptz) returns void
language sql set search_path = ''
as $$
  update public.sessions
  set head = place.node_id, head_at = place.position, updated_at = p_now
  from public.head_history as place
  where sessions.id = p_session.id
    and place.session_id = sessions.id and place.position = sessions.head_at + p_step
$$;
comment on function workbench.walk_head is 'Move the head along where it has been';

create function public.submit_task(
  p_id uuid, p_kind text, p_payload json, p_session uuid, p_queue text, p_key text, p_hash text
) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := workbench.caller();
  task public.tasks;
begin
  -- Equal submissions wait for each other here, and those of a session below: so ids follow its order.
  perform pg_advisory_xact_lock(hashtextextended(caller::text || ' ' || coalesce(p_key, p_id::text), 0));
  perform from public.sessions where id = p_session and owner = caller for no key update;
  task := workbench.earlier_submission(caller, p_id, p_kind, p_payload, p_session, p_key, p_hash);
  if task.id is not null then
    return json_build_object('task', task, 'repeated', true);
  end if;
  perform workbench.check_submission(caller, p_kind, p_payload, p_session);
  insert into public.tasks
    (id, owner, session_id, kind, queue, payload, idempotency_key, request_hash, created_at, sent_at)
  select p_id, caller, p_session, p_kind, p_queue, p_payload, p_key, p_hash, moment, moment
  from workbench.now() as clock (moment)
  returning * into task;
  return json_build_object('task', task, 'repeated', false);
end $$;
comment on function public.submit_task is
  'Write a task''s row, PENDING; its place in the session''s order is the order of these calls';

create function workbench.earlier_submission(
  p_caller uuid, p_id uuid, p_kind text, p_payload json, p_session uuid, p_key text, p_hash text
) returns public.tasks
language plpgsql set search_path = ''
as $$
declare
  task public.tasks;
begin
  select * into task from public.tasks where owner = p_caller and idempotency_key = p_key;
  if task.id is not null then
    if task.request_hash is distinct from p_hash then
      perform workbench.refuse(409, 'idempotency_conflict', 'The idempotency key was used for another request');
    end if;
    return task;
  end if;
  select * into task from public.tasks where id = p_id;
  if task.id is not null and (
    task.owner <> p_caller or task.session_id is distinct from p_session
    or task.kind is distinct from p_kind or task.payload::text is distinct from p_payload::text
  ) then
    perform workbench.refuse(400, 'invalid_parameter', 'The id of the task is taken');
  end if;
  return task;
end $$;
comment on function workbench.earlier_submission is
  'The task that a submission has made before, by its idempotency key or by its id';

create function workbench.check_submission(
  p_caller uuid, p_kind text, p_payload json, p_session uuid
) returns void
language plpgsql set search_path = ''
as $$
declare
  session public.sessions;
  uploads text := p_caller || '/' || p_session || '/uploads/';
begin
  if json_typeof(p_payload) is distinct from 'object' then
    perform workbench.refuse(400, 'invalid_parameter', 'The payload of a task is an object');
  elsif p_session is null then
    if p_kind is distinct from 'test_task' then
      perform workbench.refuse(400, 'invalid_parameter', 'A task of this kind needs a session');
    end if;
    return;
  end if;
  session := workbench.lock_session(p_session, p_caller);
  if p_payload ->> 'node_id' is not null
    and not workbench.is_node_of(workbench.to_uuid(p_payload ->> 'node_id'), p_session) then
    perform workbench.refuse(404, 'node_not_found', 'There is no such node in the session');
  elsif p_kind = 'ingest_dataset' and not workbench.is_upload(p_payload ->> 'upload', uploads) then
    perform workbench.refuse(400, 'invalid_parameter', 'The upload is not of the session');
  elsif session.head is null and workbench.is_command(p_kind)
    and not exists (
      select from public.tasks
      where session_id = p_session and finished_at is null and kind = 'ingest_dataset'
    ) then
    perform workbench.refuse(409, 'session_empty', 'The session has no data yet');
  end if;
end $$;
comment on function workbench.check_submission is
  'Refuse a task that has nothing to work on, or would work on what is not the caller''s';

create function workbench.is_upload(p_key text, p_prefix text) returns boolean
language sql immutable set search_path = ''
as $$
  -- Workers read it past row-level security, so it is one plain name below the prefix: nothing to climb out by.
  select p_key is null or (
    starts_with(p_key, p_prefix)
    and substr(p_key, length(p_prefix) + 1) ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]*$'
  )
$$;
comment on function workbench.is_upload is 'Whether a blob''s key is that of an upload of the session, or not given';

create function workbench.is_command(p_kind text) returns boolean
language sql immutable set search_path = ''
as $$ select p_kind in ('process_chat_message', 'apply_transformation') $$;
comment on function workbench.is_command is 'Whether tasks of the kind apply to a node of their session';

create function public.cancel_task(p_task uuid, p_error json) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := workbench.caller();
  moment timestamptz := workbench.now();
  task public.tasks;
begin
  -- Looked for before it is locked, so that nobody can hold up what is another's.
  if exists (select from public.tasks where id = p_task and owner = caller) then
    task := workbench.lock_task(p_task);
  end if;
  if task.id is null then
    perform workbench.refuse(404, 'task_not_found', 'There is no such task');
  elsif task.finished_at is null and task.status = 'PENDING' then
    task := workbench.end_unheld_task(p_task, 'REVOKED', workbench.small_object(p_error), null, moment);
  elsif task.finished_at is null then
    update public.tasks set cancel_requested = true where id = p_task returning * into task;
  end if;
  return json_build_object('task', task, 'next_task',
    -- Also where it had ended so before: the one who cancelled it may not have got the answer.
    case when task.started_at is null and task.finished_at is not null
      then workbench.next_task(task, moment) end);
end $$;
comment on function public.cancel_task is
  'Ask for a task to end: a PENDING one is REVOKED with the given error, a running one is told, an ended one stays';

create function workbench.small_object(p_json json) returns json
language plpgsql immutable set search_path = ''
as $$
begin
  if json_typeof(p_json) is distinct from 'object' or octet_length(p_json::text) > 16384 then
    perform workbench.refuse(400, 'invalid_parameter', 'The error is an object of at most 16 KiB');
  end if;
  return p_json;
end $$;
comment on function workbench.small_object is 'What an owner may leave as a task''s error, checked';

revoke all on all functions in schema workbench from public;
revoke all on function public.create_session, public.rename_session, public.delete_session,
  public.move_head, public.submit_task, public.cancel_task
  from public, anon, authenticated, service_role;
grant execute on function public.create_session, public.rename_session, public.delete_session,
  public.move_head, public.submit_task, public.cancel_task
  to authenticated;
