INSERT INTO shops (name, location) VALUES
    ('Harbour', 'POINT(9.9872 53.5436)'),
    ('Station', 'POINT(10.0064 53.5530)'),
    ('Airport', 'POINT(10.0064 53.6304)');
