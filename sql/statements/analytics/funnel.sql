-- Sessions by how far they took the steps, one after the other. $1 to $15 as analytics.selected_events takes them, $16 the kinds of the
-- steps (event, action or page) and $17 their names. Keys of events are in the order of their times; the last step that an event
-- fits comes first, so that it serves one only.
WITH step AS MATERIALIZED (
  SELECT named.kind, named.name, named.ordinality::integer AS ordinal
  FROM unnest($16::text[], $17::text[]) WITH ORDINALITY AS named (kind, name, ordinality)
),
taken AS MATERIALIZED (
  SELECT analytics.steps_taken(step.ordinal ORDER BY event.site_event_hk, step.ordinal DESC) AS steps
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS event
  JOIN step
    ON CASE step.kind
      WHEN 'event' THEN event.event_type = step.name
      WHEN 'page' THEN event.event_type = 'page_view' AND event.page_path = step.name
      WHEN 'action' THEN event.event_type = 'transaction_step' AND event.event_action = step.name
    END
  GROUP BY event.site_session_hk
),
counted AS (
  SELECT step.ordinal, step.kind, step.name, (SELECT count(*) FROM taken WHERE taken.steps >= step.ordinal) AS sessions
  FROM step
)
SELECT
  jsonb_build_object(
    'step', counted.kind || ':' || counted.name,
    'sessions', counted.sessions,
    'fromPrevious', CASE
      WHEN counted.ordinal = 1 THEN 100
      ELSE business.percentage(counted.sessions, lag(counted.sessions) OVER (ORDER BY counted.ordinal))
    END,
    'fromFirst', CASE
      WHEN counted.ordinal = 1 THEN 100
      ELSE business.percentage(counted.sessions, first_value(counted.sessions) OVER (ORDER BY counted.ordinal))
    END
  ) AS answer
FROM counted
ORDER BY counted.ordinal
