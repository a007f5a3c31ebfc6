<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- The classes and their colours come from the model: GeoFM puts them in when it loads the layer. Labels are there,
     switched off. -->
<qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields|Forms|MapTips|AttributeTable|Legend" labelsEnabled="0" simplifyDrawingHints="1" simplifyAlgorithm="0" simplifyDrawingTol="1" simplifyLocal="1" simplifyMaxScale="1">
  <renderer-v2 type="singleSymbol" symbollevels="0" forceraster="0" enableorderby="0">
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleFill" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="style" type="QString" value="solid"/>
            <Option name="color" type="QString" value="150,150,150,150"/>
            <Option name="outline_style" type="QString" value="solid"/>
            <Option name="outline_color" type="QString" value="255,255,255,230"/>
            <Option name="outline_width" type="QString" value="0.2"/>
            <Option name="outline_width_unit" type="QString" value="MM"/>
            <Option name="joinstyle" type="QString" value="round"/>
          </Option>
        </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <labeling type="simple">
    <settings calloutType="simple">
      <text-style isExpression="1" fieldName="CASE WHEN &quot;area_km2&quot; &lt; 0.01 THEN format_number(&quot;area_ha&quot;, if(&quot;area_ha&quot; &lt; 1, 4, 2)) || ' ha' ELSE format_number(&quot;area_km2&quot;, if(&quot;area_km2&quot; &lt; 10, 2, 0)) || ' km²' END" textColor="38,38,38,255" textOpacity="1" fontSize="8" fontSizeUnit="Point" fontFamily="Open Sans" namedStyle="Regular">
        <text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="0.9" bufferJoinStyle="128"/>
      </text-style>
      <text-format multilineAlign="3"/>
      <placement placement="1" centroidInside="1" centroidWhole="0" quadOffset="4" layerType="PolygonGeometry"/>
      <rendering minFeatureSize="6" drawLabels="1" obstacle="0" fontMinPixelSize="3" fontMaxPixelSize="10000" maxNumLabels="2000"/>
    </settings>
  </labeling>
  <aliases>
    <alias field="class_id" index="1" name="Class number"/>
    <alias field="class" index="2" name="Class"/>
    <alias field="area_km2" index="3" name="Area (km²)"/>
    <alias field="area_ha" index="4" name="Area (ha)"/>
    <alias field="date" index="5" name="Day of the image"/>
    <alias field="image" index="6" name="Image"/>
    <alias field="method" index="7" name="Method"/>
    <alias field="confidence" index="8" name="Confidence (%)"/>
  </aliases>
  <attributetableconfig sortExpression="&quot;area_km2&quot;" sortOrder="1" actionWidgetStyle="dropDown">
    <columns/>
  </attributetableconfig>
  <previewExpression>"class" || ', ' || CASE WHEN "area_km2" &lt; 0.01 THEN format_number("area_ha", if("area_ha" &lt; 1, 4, 2)) || ' ha' ELSE format_number("area_km2", if("area_km2" &lt; 10, 2, 0)) || ' km²' END</previewExpression>
  <mapTip>&lt;b&gt;[% replace(upper(left("class", 1)) || substr("class", 2), array('&amp;', '&lt;', '&gt;', '"', ''''), array('&amp;amp;', '&amp;lt;', '&amp;gt;', '&amp;quot;', '&amp;#39;')) %]&lt;/b&gt;&lt;br&gt;[% format_number("area_km2", if("area_km2" &lt; 0.01, 6, 4)) %] km²&lt;br&gt;[% format_number("area_ha", if("area_ha" &lt; 1, 4, 2)) %] ha</mapTip>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>2</layerGeometryType>
</qgis>
