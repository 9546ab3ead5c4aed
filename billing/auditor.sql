-- For an auditor, with no code of this product: psql "$DATABASE_URL" -f billing/auditor.sql
-- Every query returns no row in a sound house.

-- 1. Rows that are not inside one book, with both their accounts: none joins two parties.
SELECT j.id, b.name AS book, d.book_id AS book_of_debit, c.book_id AS book_of_credit
FROM billing_journal j
LEFT JOIN billing_book b ON b.id = j.book_id
LEFT JOIN billing_ledgeraccount d ON d.id = j.debit_id
LEFT JOIN billing_ledgeraccount c ON c.id = j.credit_id
WHERE b.id IS NULL OR (d.book_id, c.book_id) IS DISTINCT FROM (b.id, b.id);

-- 2. Books whose accounts do not sum to zero, each row counted on both its sides.
SELECT b.name, sum(s.cents) FROM (
    SELECT debit_id AS account, amount_cents AS cents FROM billing_journal
    UNION ALL SELECT credit_id, -amount_cents FROM billing_journal
) s JOIN billing_ledgeraccount a ON a.id = s.account JOIN billing_book b ON b.id = a.book_id
GROUP BY b.name HAVING sum(s.cents) <> 0;

-- 3. Payments captured without a pass for the same quote, but for what its account's holder took
-- by hand and is given back whole.
SELECT l.id FROM billing_leg l LEFT JOIN billing_gatepass p ON p.quote_id = l.quote_id
WHERE l.captured_cents > 0 AND p.id IS NULL
AND NOT (l.elsewhere AND l.refunded_cents + l.lost_cents >= l.captured_cents);
