"""Papers as files: HTML for screens and print, DOCX to send round, XLSX with the numbers."""
