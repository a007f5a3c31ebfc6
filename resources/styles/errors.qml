<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Validation pixels that were mapped wrongly, in the colour of the class that they were taken for; GeoFM puts the
     classes in when it loads the layer. -->
<qgis version="3.22.0" styleCategories="Symbology|Fields|Forms|MapTips|AttributeTable|Legend" labelsEnabled="0" simplifyDrawingHints="1" simplifyAlgorithm="0" simplifyDrawingTol="1" simplifyLocal="1" simplifyMaxScale="1">
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
  <aliases>
    <alias field="truth_id" index="1" name="Number of the true class"/>
    <alias field="truth" index="2" name="The polygons say"/>
    <alias field="predicted_id" index="3" name="Number of the mapped class"/>
    <alias field="predicted" index="4" name="Mapped as"/>
    <alias field="area_ha" index="5" name="Area (ha)"/>
    <alias field="image" index="6" name="Image"/>
  </aliases>
  <attributetableconfig sortExpression="&quot;area_ha&quot;" sortOrder="1" actionWidgetStyle="dropDown">
    <columns/>
  </attributetableconfig>
  <previewExpression>"truth" || ' → ' || "predicted"</previewExpression>
  <mapTip>&lt;b&gt;[% replace("truth", array('&amp;', '&lt;', '&gt;', '"', ''''), array('&amp;amp;', '&amp;lt;', '&amp;gt;', '&amp;quot;', '&amp;#39;')) %]&lt;/b&gt; was mapped as &lt;b&gt;[% replace("predicted", array('&amp;', '&lt;', '&gt;', '"', ''''), array('&amp;amp;', '&amp;lt;', '&amp;gt;', '&amp;quot;', '&amp;#39;')) %]&lt;/b&gt;&lt;br&gt;[% format_number("area_ha", if("area_ha" &lt; 1, 4, 2)) %] ha</mapTip>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>2</layerGeometryType>
</qgis>
