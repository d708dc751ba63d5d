-- The first programs and jobs that code analysis was tried on: the lines that matter, as they stand in the libraries.
-- One member belongs to nobody, as in every grown system.

INSERT INTO source_files (id, library, member, language)
VALUES
    (1, 'PROD.BATCH.JCL', 'PAYNIGHT', 'JCL'),
    (2, 'PROD.BATCH.JCL', 'CUSTLOAD', 'JCL'),
    (3, 'PROD.DB2.COBOL', 'PAYCALC', 'COBOL'),
    (4, 'PROD.STORAGE.COBOL', 'CUSTUPD', 'COBOL'),
    (5, 'PROD.CICS.COBOL', 'CUSTINQ', 'COBOL'),
    (6, 'PROD.MQ.COBOL', 'ORDGET', 'COBOL'),
    (7, 'TEST.SCRATCH.COBOL', 'TRYME', 'COBOL');

INSERT INTO source_lines (id, file_id, line_no, text)
VALUES
    (1, 1, 1, '//PAYNIGHT JOB (ACCT),''PAYROLL'',CLASS=A,REGION=0M'),
    (2, 1, 2, '//* KB-12: SORTOUT NEEDS A SECONDARY QUANTITY'),
    (3, 1, 3, '//STEP010  EXEC PGM=SORT,REGION=64M'),
    (4, 1, 4, '//SORTOUT  DD DSN=PROD.PAY.SORTED,DISP=(,CATLG),SPACE=(CYL,(50,25),RLSE)'),
    (5, 1, 9, '//STEP020  EXEC PGM=PAYCALC,PARM=''NIGHT'''),
    (6, 1, 10, '//* KB-47: BIND PAYCALC WITH ITS LOAD MODULE'),
    (7, 2, 1, '//CUSTLOAD JOB (ACCT),''CUSTOMER LOAD'',CLASS=B'),
    (8, 2, 2, '//STEP010  EXEC PGM=IDCAMS'),
    (9, 2, 4, '  REPRO INFILE(SORTED) OUTFILE(CUSTMAST)'),
    (10, 2, 6, '//* KB-39: SORT BY KEY BEFORE REPRO'),
    (11, 2, 7, '//STEP020  EXEC PGM=CUSTUPD'),
    (12, 3, 4, '       IDENTIFICATION DIVISION.'),
    (13, 3, 5, '       PROGRAM-ID. PAYCALC.'),
    (14, 3, 21, '           COPY PAYREC.'),
    (15, 3, 88, '      * KB-3: WS-RATE MAY HOLD SPACES ON NEW CONTRACTS'),
    (16, 3, 89, '           IF WS-RATE IS NUMERIC'),
    (17, 3, 90, '               CALL ''PAYTAX'' USING WS-GROSS WS-TAX'),
    (18, 3, 120, '      * KB-43: BONUS IS NULL FOR MOST, NULL-IND-BONUS TELLS'),
    (19, 3, 121, '           EXEC SQL FETCH C1 INTO :WS-EMPNO, :WS-BONUS:NULL-IND-BONUS END-EXEC'),
    (20, 4, 5, '       PROGRAM-ID. CUSTUPD.'),
    (21, 4, 17, '           COPY CUSTREC.'),
    (22, 4, 60, '      * KB-32: A NEW CUSTMAST MUST BE LOADED ONCE'),
    (23, 4, 61, '           OPEN I-O CUSTMAST'),
    (24, 4, 62, '           IF FS-CUST = ''00'' OR ''97'''),
    (25, 4, 75, '               CALL ''AUDITLOG'' USING CUST-RECORD'),
    (26, 5, 5, '       PROGRAM-ID. CUSTINQ.'),
    (27, 5, 19, '           COPY CUSTREC.'),
    (28, 5, 40, '      * KB-53: CHECK EIBCALEN BEFORE DFHCOMMAREA IS TOUCHED'),
    (29, 5, 41, '           IF EIBCALEN < LENGTH OF DFHCOMMAREA'),
    (30, 5, 57, '           EXEC CICS LINK PROGRAM(''CUSTREAD'') COMMAREA(WS-COMM) END-EXEC'),
    (31, 5, 83, '           EXEC CICS SEND MAP(''CUSTM1'') MAPSET(''CUSTSET'') END-EXEC'),
    (32, 6, 5, '       PROGRAM-ID. ORDGET.'),
    (33, 6, 30, '           COPY CMQV.'),
    (34, 6, 51, '           CALL ''MQOPEN'' USING HCONN OBJDESC OPTS HOBJ COMPCODE REASON'),
    (35, 6, 52, '      * KB-65: 2085 MEANS THE WRONG QUEUE MANAGER, NOT A MISSING QUEUE'),
    (36, 6, 66, '           CALL ''MQGET'' USING HCONN HOBJ MSGDESC GETOPTS BUFLEN BUFFER DATALEN COMPCODE REASON'),
    (37, 7, 12, '           CALL ''PAYTAX'' USING BY CONTENT ''9''');
