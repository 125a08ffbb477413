# Writes the file INPUT as the string constant NAME to OUTPUT.
file(READ ${INPUT} content)
get_filename_component(source ${INPUT} NAME)
file(WRITE ${OUTPUT}
  "// Generated from ${source}.\nstatic constexpr char ${NAME}[] = R\"text(${content})text\";\n")
