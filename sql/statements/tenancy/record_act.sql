-- Writes down what an operator did. $1 tenant key, $2 action, $3 subject.
INSERT INTO auth.audit_log (tenant_hk, actor, action, outcome, subject)
VALUES ($1, 'operator:' || session_user, $2, 'done', $3)
