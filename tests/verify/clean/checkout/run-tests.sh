npm test; echo $? > out/exit-code
