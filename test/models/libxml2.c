// RUN: %check_handrail %s
typedef struct xmlDoc *xmlDocPtr;
typedef struct xmlNode *xmlNodePtr;
typedef struct xmlXPathContext *xmlXPathContextPtr;
typedef struct xmlXPathObject *xmlXPathObjectPtr;
typedef struct xmlTextReader *xmlTextReaderPtr;
typedef struct xmlParserCtxt *xmlParserCtxtPtr;
xmlDocPtr xmlReadFile(const char *path, const char *encoding, int options);
xmlDocPtr xmlCtxtReadFile(xmlParserCtxtPtr c, const char *path, const char *encoding, int options);
xmlNodePtr xmlDocGetRootElement(xmlDocPtr d);
void xmlFreeDoc(xmlDocPtr d);
xmlXPathContextPtr xmlXPathNewContext(xmlDocPtr d);
void xmlXPathFreeContext(xmlXPathContextPtr c);
xmlXPathObjectPtr xmlXPathEvalExpression(const unsigned char *text, xmlXPathContextPtr c);
void xmlXPathFreeObject(xmlXPathObjectPtr o);
xmlTextReaderPtr xmlReaderForFile(const char *path, const char *encoding, int options);
int xmlTextReaderRead(xmlTextReaderPtr r);
void xmlFreeTextReader(xmlTextReaderPtr r);
xmlParserCtxtPtr xmlNewParserCtxt(void);
void xmlFreeParserCtxt(xmlParserCtxtPtr c);
int xmlParseChunk(xmlParserCtxtPtr c, const char *data, int size, int last);

int lost(const char *path) {
  xmlDocPtr d = xmlReadFile(path, 0, 0);
  if (!d)
    return -1;
  if (!xmlDocGetRootElement(d))
    return -1; // expect: missing-close: document 'd'
  xmlFreeDoc(d);
  return 0;
}

int lost_result(xmlDocPtr d, const unsigned char *text) {
  xmlXPathContextPtr c = xmlXPathNewContext(d);
  xmlXPathObjectPtr o = xmlXPathEvalExpression(text, c);
  if (!o)
    return -1; // expect: missing-close: XPath context 'c'
  xmlXPathFreeContext(c);
  return 0; // expect: missing-close: XPath result 'o'
}

int right(const char *path, const unsigned char *text) {
  int found = 0;
  xmlDocPtr d = xmlReadFile(path, 0, 0);
  if (d) {
    xmlXPathContextPtr c = xmlXPathNewContext(d);
    xmlXPathObjectPtr o = c ? xmlXPathEvalExpression(text, c) : 0;
    found = o != 0;
    xmlXPathFreeObject(o);
    xmlXPathFreeContext(c);
  }
  xmlFreeDoc(d);
  return found;
}

int lost_reader(const char *path) {
  xmlTextReaderPtr r = xmlReaderForFile(path, 0, 0);
  if (!r)
    return -1;
  while (xmlTextReaderRead(r) == 1)
    ;
  return 0; // expect: missing-close: reader 'r'
}

xmlDocPtr right_parser(const char *path) {
  xmlParserCtxtPtr c = xmlNewParserCtxt();
  if (!c)
    return 0;
  xmlDocPtr d = xmlCtxtReadFile(c, path, 0, 0);
  xmlFreeParserCtxt(c);
  return d;
}

// All of them look at null themselves.
int parser_is_never_tested(const char *data, int size) {
  xmlParserCtxtPtr c = xmlNewParserCtxt();
  int status = xmlParseChunk(c, data, size, 1);
  xmlFreeParserCtxt(c);
  return status;
}

int lost_parser(const char *data, int size) {
  xmlParserCtxtPtr c = xmlNewParserCtxt();
  return xmlParseChunk(c, data, size, 1); // expect: missing-close: parser 'c'
}

xmlNodePtr freed(const char *path) {
  xmlDocPtr d = xmlReadFile(path, 0, 0);
  if (!d)
    return 0;
  xmlFreeDoc(d);
  return xmlDocGetRootElement(d); // expect: use-after-close: 'd'
}
