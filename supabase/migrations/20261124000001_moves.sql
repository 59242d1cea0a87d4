-- Commands that move the head: what is said of the line itself, such as "undo the last two".

create function public.commit_move(
  p_task uuid, p_fence bigint, p_move text, p_node uuid, p_steps integer, p_result json
) returns json
language plpgsql security definer set search_path = ''
as $$
declare
  task public.tasks := workbench.held_task(p_task, p_fence);
  moment timestamptz := workbench.now();
  session public.sessions;
begin
  if task.finished_at is not null then
    return workbench.ended_answer(task, moment);
  end if;
  select * into session from public.sessions where id = task.session_id;
  perform workbench.check_walk(session, p_move, p_node, p_steps);
  if p_move = 'checkout' then
    perform workbench.advance_head(session, p_node, moment);
  else
    perform workbench.walk_head(session, case p_move when 'undo' then -p_steps else p_steps end, moment);
  end if;
  select * into session from public.sessions where id = task.session_id;
  task := workbench.end_task(
    p_task, 'SUCCESS', workbench.json_with(p_result, 'node_id', to_json(session.head)), null, null, moment
  );
  return workbench.ended_answer(task, moment);
end $$;
comment on function public.commit_move is
  'End a task as SUCCESS with a move of its session''s head: checkout to a node, or so many steps of undo or redo';

create function workbench.check_walk(p_session public.sessions, p_move text, p_node uuid, p_steps integer)
returns void
language plpgsql set search_path = ''
as $$
begin
  if p_session.id is null then
    perform workbench.refuse(400, 'invalid_parameter', 'The task is of no session');
  elsif p_move is null or p_move not in ('checkout', 'undo', 'redo') then
    perform workbench.refuse(400, 'invalid_parameter', 'The head is moved by checkout, undo or redo');
  elsif p_steps is null or p_steps < 1 or p_steps > 1000000 then
    perform workbench.refuse(400, 'invalid_parameter', 'The head is moved by at least one step');
  elsif p_move = 'checkout' and not workbench.is_node_of(p_node, p_session.id) then
    perform workbench.refuse(404, 'node_not_found', 'There is no such node in the session');
  elsif p_move = 'undo' and p_session.head_at - p_steps < 1 then
    perform workbench.refuse(409, 'nothing_to_undo', 'The head cannot go back so far');
  elsif p_move = 'redo' and p_session.head_at + p_steps > p_session.head_end then
    perform workbench.refuse(409, 'nothing_to_redo', 'Not so much was undone since the head was last moved');
  end if;
end $$;
comment on function workbench.check_walk is 'Refuse a move of the head by a task that is not possible';

create or replace function public.schema_version() returns integer
language sql immutable security invoker set search_path = ''
as $$ select 2 $$;

revoke all on all functions in schema workbench from public;
revoke all on function public.commit_move from public, anon, authenticated, service_role;
grant execute on function public.commit_move to service_role;
