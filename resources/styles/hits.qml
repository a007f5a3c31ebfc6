<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Outlines alone, so that the places themselves are seen; the brighter, the better. GeoFM spreads the classes over the
     scores of each layer. -->
<qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields|Forms|MapTips|AttributeTable|Legend" labelsEnabled="1" simplifyDrawingHints="1" simplifyAlgorithm="0" simplifyDrawingTol="1" simplifyLocal="1" simplifyMaxScale="1">
  <renderer-v2 type="graduatedSymbol" attr="score" graduatedMethod="GraduatedColor" symbollevels="0" forceraster="0" enableorderby="1">
    <ranges>
      <range symbol="0" lower="-1000.0" upper="1000.0" label="Score" render="true"/>
    </ranges>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleLine" enabled="1" pass="0" locked="1">
          <Option type="Map">
            <Option name="line_color" type="QString" value="25,25,25,210"/>
            <Option name="line_style" type="QString" value="solid"/>
            <Option name="line_width" type="QString" value="1.1"/>
            <Option name="line_width_unit" type="QString" value="MM"/>
            <Option name="joinstyle" type="QString" value="round"/>
            <Option name="capstyle" type="QString" value="round"/>
          </Option>
        </layer>
        <layer class="SimpleLine" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="line_color" type="QString" value="253,231,37,255"/>
            <Option name="line_style" type="QString" value="solid"/>
            <Option name="line_width" type="QString" value="0.66"/>
            <Option name="line_width_unit" type="QString" value="MM"/>
            <Option name="joinstyle" type="QString" value="round"/>
            <Option name="capstyle" type="QString" value="round"/>
          </Option>
        </layer>
      </symbol>
    </symbols>
    <source-symbol>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleLine" enabled="1" pass="0" locked="1">
          <Option type="Map">
            <Option name="line_color" type="QString" value="25,25,25,210"/>
            <Option name="line_style" type="QString" value="solid"/>
            <Option name="line_width" type="QString" value="1.1"/>
            <Option name="line_width_unit" type="QString" value="MM"/>
            <Option name="joinstyle" type="QString" value="round"/>
            <Option name="capstyle" type="QString" value="round"/>
          </Option>
        </layer>
        <layer class="SimpleLine" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="line_color" type="QString" value="253,231,37,255"/>
            <Option name="line_style" type="QString" value="solid"/>
            <Option name="line_width" type="QString" value="0.66"/>
            <Option name="line_width_unit" type="QString" value="MM"/>
            <Option name="joinstyle" type="QString" value="round"/>
            <Option name="capstyle" type="QString" value="round"/>
          </Option>
        </layer>
      </symbol>
    </source-symbol>
    <colorramp type="gradient" name="[source]">
      <Option type="Map">
        <Option name="color1" type="QString" value="122,4,120,255"/>
        <Option name="color2" type="QString" value="252,253,160,255"/>
        <Option name="discrete" type="QString" value="0"/>
        <Option name="rampType" type="QString" value="gradient"/>
        <Option name="stops" type="QString" value="0.35;229,64,94,255:0.7;252,156,60,255"/>
      </Option>
    </colorramp>
    <classificationMethod id="EqualInterval">
      <symmetricMode enabled="0" symmetrypoint="0" astride="0"/>
      <labelFormat format="%1 – %2" labelprecision="2" trimtrailingzeroes="0"/>
      <parameters><Option/></parameters>
      <extraInformation/>
    </classificationMethod>
    <orderby>
      <orderByClause asc="0" nullsFirst="0">"rank"</orderByClause>
    </orderby>
  </renderer-v2>
  <labeling type="simple">
    <settings calloutType="simple">
      <text-style isExpression="0" fieldName="rank" textColor="20,20,20,255" textOpacity="1" fontSize="8" fontSizeUnit="Point" fontFamily="Open Sans" namedStyle="Bold" fontWeight="75">
        <text-buffer bufferDraw="1" bufferSize="0.9" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="0.9" bufferJoinStyle="128"/>
      </text-style>
      <text-format multilineAlign="3"/>
      <!-- At the upper left corner of its window: the middle of one lies on the edge of its half-overlapping neighbours. -->
      <placement placement="1" geometryGeneratorEnabled="1" geometryGeneratorType="PointGeometry" geometryGenerator="make_point(x_min($geometry), y_max($geometry))" quadOffset="8" xOffset="0.5" yOffset="0.3" offsetUnits="MM" layerType="PolygonGeometry" priority="6"/>
      <rendering minFeatureSize="0" drawLabels="1" obstacle="0" fontMinPixelSize="3" fontMaxPixelSize="10000" maxNumLabels="2000"/>
    </settings>
  </labeling>
  <aliases>
    <alias field="rank" index="0" name="Rank"/>
    <alias field="score" index="1" name="Score"/>
    <alias field="similarity" index="2" name="Similarity"/>
    <alias field="source" index="3" name="Image"/>
    <alias field="date" index="4" name="Date"/>
    <alias field="window_m" index="5" name="Window (m)"/>
    <alias field="path" index="6" name="File"/>
    <alias field="tile" index="7" name="Number in the index"/>
    <alias field="lon" index="8" name="Longitude"/>
    <alias field="lat" index="9" name="Latitude"/>
    <alias field="stale" index="10" name="Since indexing"/>
    <alias field="mark" index="11" name="Mark"/>
  </aliases>
  <attributetableconfig sortExpression="&quot;rank&quot;" sortOrder="0" actionWidgetStyle="dropDown">
    <columns/>
  </attributetableconfig>
  <previewExpression>"rank" || ': ' || "source"</previewExpression>
  <mapTip>&lt;b&gt;[% replace(to_string("rank"), array('&amp;', '&lt;', '&gt;', '"', ''''), array('&amp;amp;', '&amp;lt;', '&amp;gt;', '&amp;quot;', '&amp;#39;')) %]&lt;/b&gt; · [% format_number("score", 2) %]&lt;br&gt;[% replace("source", array('&amp;', '&lt;', '&gt;', '"', ''''), array('&amp;amp;', '&amp;lt;', '&amp;gt;', '&amp;quot;', '&amp;#39;')) %] [% replace(to_string("date"), array('&amp;', '&lt;', '&gt;', '"', ''''), array('&amp;amp;', '&amp;lt;', '&amp;gt;', '&amp;quot;', '&amp;#39;')) %]</mapTip>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>2</layerGeometryType>
</qgis>
