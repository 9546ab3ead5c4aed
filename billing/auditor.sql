-- For an auditor, with no code of this product: psql "$DATABASE_URL" -f billing/auditor.sql
-- Every query returns no row in a sound house.

-- 1. Rows whose accounts are not both in the row's own book: none may join two parties.
SELECT j.id, b.name AS book, db.name AS debit_book, cb.name AS credit_book
FROM billing_journal j JOIN billing_book b ON b.id = j.book_id
JOIN billing_ledgeraccount d ON d.id = j.debit_id JOIN billing_book db ON db.id = d.book_id
JOIN billing_ledgeraccount c ON c.id = j.credit_id JOIN billing_book cb ON cb.id = c.book_id
WHERE NOT (b.name = db.name AND b.name = cb.name);

-- 2. Books whose accounts do not sum to zero, each row counted on both its sides.
SELECT b.name, sum(s.cents) FROM (
    SELECT a.book_id, j.amount_cents AS cents FROM billing_journal j
    JOIN billing_ledgeraccount a ON a.id = j.debit_id
    UNION ALL
    SELECT a.book_id, -j.amount_cents FROM billing_journal j
    JOIN billing_ledgeraccount a ON a.id = j.credit_id
) s JOIN billing_book b ON b.id = s.book_id GROUP BY b.name HAVING sum(s.cents) <> 0;

-- 3. Payments captured without a pass for the same quote.
SELECT l.id FROM billing_leg l LEFT JOIN billing_gatepass p ON p.quote_id = l.quote_id
WHERE l.captured_cents > 0 AND p.id IS NULL;
