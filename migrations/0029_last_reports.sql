-- How a programme's targets ended, as its worker last said: whoever asks later sees whether the recording was finished, and where it lies.
alter table calls.programmes add column last_report jsonb;
