npm test -- "$TEST_LEVEL"; echo $? > out/exit-code
